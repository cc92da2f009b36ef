/**
 * `npm run bench:simulate`: how long a simulation of 10,000 past requests takes on this machine, and what planning what really comes costs
 * meanwhile. The last line is one JSON object.
 */
import { setTimeout as delay } from 'node:timers/promises'
import type { Simulation } from '#server/api/types.ts'
import { writePast } from '../harness/past.ts'
import { shippedRules, sqlTargets } from '../harness/sql-targets.ts'
import { openWorld } from '../harness/world.ts'
import { percentile } from './load.ts'

const [count = 10_000] = process.argv.slice(2).map(Number)

await using world = await openWorld({
  engine: 'redis',
  durable: true,
  ruleSet: shippedRules(),
  targets: sqlTargets,
  variables: { WORKER_LEASE_SECONDS: '30' },
})
const person = await world.login()

/** The version that is tried gives externals another mail address; the shipped one is in force again afterwards. */
async function publish(ruleSet: unknown): Promise<void> {
  world.configure({ ruleSet })
  const { code, output } = await world.cli('apply')
  if (code !== 0) throw new Error(output)
}
const tried = shippedRules() as unknown as { identity: Record<string, string> }
tried.identity['mail'] = "employeeType = 'external' ? identity.login & '@ext.example.org' : identity.login & '@example.org'"
await publish(tried)
await publish(shippedRules())
await writePast(world, 'default', count)

async function dryRun(number: number): Promise<number> {
  const begin = performance.now()
  const { status } = await world.call('POST', '/api/v1/requests?dryRun=true', {
    kind: 'create',
    externalId: `dry-${number}`,
    attributes: { givenName: 'Zoé', familyName: 'Müller', organizationalUnit: 'Finance' },
  })
  if (status !== 200) throw new Error(`a dry run was answered ${status}`)
  return performance.now() - begin
}

/** One plan every 20 ms, as callers wait for it. */
async function plansWhile(isSo: () => boolean): Promise<readonly number[]> {
  const times: number[] = []
  while (isSo()) {
    times.push(await dryRun(times.length))
    await delay(20)
  }
  return times.sort((left, right) => left - right)
}

let warm = 200
await plansWhile(() => warm-- > 0)
let left = 200
const quiet = await plansWhile(() => left-- > 0)

console.log(`${count} requests, each planned by two versions…`)
const begin = performance.now()
const { body, headers } = await world.call<Simulation>(
  'POST',
  '/api/v1/rules/default/simulations',
  { version: 2, scope: { kind: 'requests', last: count } },
  person,
)
let simulation = body
const busy = plansWhile(() => simulation.state === 'waiting' || simulation.state === 'running')
while (simulation.state === 'waiting' || simulation.state === 'running') {
  await delay(250)
  simulation = (await world.call<Simulation>('GET', headers.get('location') ?? '', undefined, person)).body
}
const seconds = (performance.now() - begin) / 1_000
const during = await busy
const { counts, done, state } = simulation
console.log(`  ${state} in ${seconds.toFixed(1)} s: ${counts.same} same, ${counts.changed} changed, ${counts.failing} failing`)
const p95 = (times: readonly number[]) => Number(percentile(times, 0.95).toFixed(1))
console.log(`  a dry run beside it: p95 ${p95(quiet)} ms when quiet, ${p95(during)} ms meanwhile`)
console.log(
  JSON.stringify({
    requests: done,
    seconds: Number(seconds.toFixed(1)),
    requests_s: Math.round(done / seconds),
    dry_run_p95_ms: p95(quiet),
    dry_run_p95_ms_meanwhile: p95(during),
  }),
)
