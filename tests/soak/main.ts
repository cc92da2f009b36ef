/**
 * `npm run soak -- --minutes N --seed S`: everything is killed, frozen, flushed and restarted at random while requests come in, 50 a second
 * for five real targets. Prints its progress; its last line is one JSON object. Exit code 1 when a request was lost, had an effect twice,
 * or is stuck.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { openWorld } from '../harness/world.ts'
import { seededChoices } from '../simulate/choices.ts'
import { runChaos } from './chaos.ts'
import { openFleet } from './fleet.ts'
import { openSoakTargets, ruleSet } from './targets.ts'
import { startTraffic } from './traffic.ts'
import { judge } from './verdict.ts'

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    rate: { type: 'string', default: '50' },
    engine: { type: 'string', default: 'redis' },
  },
})
const [minutes, seed, perSecond] = [Number(values.minutes), Number(values.seed), Number(values.rate)]
const engine = values.engine === 'postgres' ? 'postgres' : 'redis'
/** Milliseconds that the gateway gets after the last fault to finish what it has. */
const settleWithinMs = 180_000

const started = performance.now()
const say = (text: string) => console.log(`${((performance.now() - started) / 1000).toFixed(0).padStart(5)} s  ${text}`)

await using targets = await openSoakTargets()
await using world = await openWorld({
  engine,
  durable: true,
  targets: targets.targets,
  ruleSet,
  variables: { LOG_LEVEL: 'info', WORKER_LEASE_SECONDS: '3' },
})
await using fleet = await openFleet(world, seededChoices(seed))
say(
  `seed ${seed}: ${perSecond} requests/s on ${Object.keys(targets.targets).length} targets for ${minutes} min, queues in ${engine}`,
)
const traffic = startTraffic({ choices: seededChoices(seed + 1), servers: fleet.servers, apiKey: world.apiKey, perSecond })
const recoveries: number[] = []

const finalStates =
  "('succeeded', 'succeeded_partly', 'rolled_back', 'needs_attention', 'rejected', 'expired', 'cancelled', 'superseded')"
const open = async () => {
  const [row] = await world.query(`select count(*)::int as n from passerelle.request where state not in ${finalStates}`)
  return Number(row?.n)
}

/** Milliseconds from now until a newcomer who comes now is everywhere. */
async function measureRecovery(): Promise<number> {
  const from = performance.now()
  const id = await traffic.newcomer()
  for (; ; await delay(25)) {
    const [row] = await world.query(`select state in ${finalStates} as final from passerelle.request where id = $1`, [id])
    if (row?.final === true) return performance.now() - from
    if (performance.now() - from > settleWithinMs) return settleWithinMs
  }
}

await runChaos(
  {
    choices: seededChoices(seed + 2),
    world,
    fleet,
    targets,
    async healed(names) {
      const took = await measureRecovery()
      recoveries.push(took)
      say(
        `${names.join(' + ')}: a newcomer took ${(took / 1000).toFixed(1)} s; ${traffic.accepted.length} accepted, ${await open()} open`,
      )
    },
  },
  Date.now() + minutes * 60_000,
)
await traffic.stop()
say(`the traffic ends: ${traffic.accepted.length} accepted, ${traffic.repeated} calls were repeated, ${await open()} open`)
for (const end = Date.now() + settleWithinMs; (await open()) > 0 && Date.now() < end;) await delay(250)

const verdict = await judge(world, targets, traffic.accepted)
const audit = await world.cli('audit', 'verify')
for (const [title, lines] of Object.entries({ ...verdict, refused: traffic.refusals }))
  if (Array.isArray(lines) && lines.length > 0) console.log(`${title}:\n  ${lines.slice(0, 20).join('\n  ')}`)
say(`the audit chain: ${audit.output.trim()}; ${fleet.endedByThemselves} processes ended by themselves`)
recoveries.sort((left, right) => left - right)
const result = {
  accepted: traffic.accepted.length,
  final: verdict.final,
  lost: verdict.lost.length,
  double_effects: verdict.doubleEffects.length,
  stuck: verdict.stuck.length,
  recovery_p95_ms: Math.round(recoveries[Math.floor(recoveries.length * 0.95)] ?? 0),
}
const failed = result.lost + result.double_effects + result.stuck > 0 || audit.code !== 0 || traffic.refusals.length > 0
if (failed && process.env.SOAK_KEEP !== undefined) {
  const { cpSync } = await import('node:fs')
  cpSync(world.folder, process.env.SOAK_KEEP, { recursive: true })
}
process.exitCode = failed ? 1 : 0
console.log(JSON.stringify(result))
