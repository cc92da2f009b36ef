/**
 * PostgreSQL stops as if the power failed and starts again, over and over, while requests stream in. A test does it a few times;
 * `node tests/faults/restart-postgres.ts --times 50 --engine redis` as often as one likes, and with
 * `--cut` all its connections are cut instead.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import type { World } from '#tests/harness/world.ts'
import { openFleet, pickUpMs, type Fleet } from './fleet.ts'

/** Stops and starts it so many times, at moments that differ; answers how long each pick-up took. */
export async function restartPostgres({ world }: Fleet, times: number): Promise<readonly number[]> {
  const pickUps: number[] = []
  for (let time = 0; time < times; time++) {
    await delay(200 + ((time * 137) % 400))
    await world.postgres.stop('immediate')
    await delay((time % 3) * 250)
    await world.postgres.start()
    pickUps.push(await pickUpMs(world))
  }
  return pickUps
}

/** Cuts all connections at once so many times; answers how long each pick-up took. */
export async function cutConnections({ world }: Fleet, times: number): Promise<readonly number[]> {
  const pickUps: number[] = []
  for (let time = 0; time < times; time++) {
    await delay(300 + ((time * 70) % 500))
    await world.postgres.query(
      'postgres',
      `select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'passerelle-%'`,
    )
    pickUps.push(await pickUpMs(world))
  }
  return pickUps
}

/** What can never be in a ledger that was only ever changed by whole transactions: an empty list. */
export async function halfStates({ query }: Pick<World, 'query'>): Promise<readonly Record<string, unknown>[]> {
  return query(`
    select 'a request without its steps' as what, id::text from passerelle.request r where (select count(*) from passerelle.step where request_id = r.id) <> 2
    union all select 'a request without its record', id::text from passerelle.request r where not exists (select from passerelle.audit where request_id = r.id and action = 'accepted')
    union all select 'an applied step without its account', request_id::text from passerelle.step s join passerelle.request r on r.id = s.request_id
      where s.state = 'applied' and not exists (select from passerelle.account a where a.identity_id = r.identity_id and a.target = s.target)
    union all select 'a key without its request', request_id::text from passerelle.idempotency i where not exists (select from passerelle.request where id = i.request_id)
    union all select 'a final request that holds its identity', active_request::text from passerelle.identity join passerelle.request r on r.id = active_request where r.state = 'succeeded'`)
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      times: { type: 'string', default: '50' },
      engine: { type: 'string', default: 'redis' },
      cut: { type: 'boolean', default: false },
    },
  })
  await using fleet = await openFleet({
    engine: values.engine === 'postgres' ? 'postgres' : 'redis',
    prefix: 'many',
  })
  const fail = values.cut ? cutConnections : restartPostgres
  const pickUps = (await fail(fleet, Number(values.times))).toSorted((left, right) => left - right)
  const outcome = await fleet.end()
  const verified = await fleet.world.cli('audit', 'verify')
  const halves = await halfStates(fleet.world)
  const at = (part: number) => pickUps[Math.min(pickUps.length - 1, Math.floor(pickUps.length * part))]
  console.log(
    JSON.stringify({
      restarts: pickUps.length,
      ...outcome,
      half_states: halves.length,
      dead: fleet.dead,
      audit: verified.code === 0 ? 'whole' : verified.output,
      pick_up_ms: { p50: at(0.5), p95: at(0.95), max: pickUps.at(-1) },
    }),
  )
  const isWell = outcome.lost + outcome.doubleEffects + outcome.missing + halves.length + fleet.dead.length + verified.code === 0
  process.exitCode = isWell ? 0 : 1
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main()
