/**
 * `npm run bench`: what the gateway costs beside raw BullMQ flows, in one run on one machine: five targets that do nothing,
 * rules, ledger and audit on, PostgreSQL with fsync, behind its Unix socket, and Redis with an append-only file. The last line is one JSON object.
 */
import { Redis } from 'ioredis'
import { openWorld, type World } from '../harness/world.ts'
import { readCpu } from './cpu.ts'
import { openHttpLanes, type HttpLanes } from './http-lanes.ts'
import { load, percentile } from './load.ts'
import { measureRawFlows } from './raw-flows.ts'

const targets = ['a', 'b', 'c', 'd', 'e']
const [count = 4_000, inFlight = 400] = process.argv.slice(2).map(Number)
/** Until V8 has compiled what is hot, which takes it some ten thousand requests: what runs for months is measured warm, and so is the yardstick. */
const warmUp = 24_000
/** The two take turns, because machines drift: what counts is the median. */
const rounds = 7

const attributes = {
  login: 'identity.login',
  mail: 'identity.mail',
  displayName: 'identity.displayName',
  givenName: 'givenName',
  sn: 'familyName',
  department: "employeeType = 'external' ? 'guests' : organizationalUnit",
}
const ruleSet = {
  name: 'default',
  identity: {
    login: '$login(givenName, familyName) & employeeNumber',
    displayName: "$proper(givenName) & ' ' & $uppercase(familyName)",
    mail: "identity.login & '@example.org'",
  },
  targets: Object.fromEntries(
    targets.map((target) => [
      target,
      { when: "$not(employeeType = 'robot')", correlate: { login: 'identity.login' }, attributes },
    ]),
  ),
}

await using world = await openWorld({
  engine: 'redis',
  durable: true,
  postgresSocket: true,
  ruleSet,
  targets: Object.fromEntries(targets.map((target) => [target, { connector: 'noop', config: {} }])),
  server: 'tests/bench/server.ts',
  worker: 'tests/bench/worker.ts',
  variables: { WORKER_LEASE_SECONDS: '30' },
})
const redis = new Redis(world.redis?.url ?? '')
let last = 0

/** Fresh ones for each phase: the server closes what nobody used meanwhile. */
function openLanes(): HttpLanes {
  return openHttpLanes(new URL('/api/v1/requests', world.url), {
    Authorization: `Bearer ${world.apiKey}`,
    Prefer: 'wait=60, return=minimal',
  })
}

async function submit(lanes: HttpLanes): Promise<void> {
  const number = String(++last)
  const body = JSON.stringify({
    kind: 'create',
    externalId: `E-${number}`,
    attributes: {
      givenName: 'Zoé',
      familyName: 'Müller',
      employeeNumber: number,
      organizationalUnit: 'Finance',
      title: 'Comptable',
      locality: 'Lyon',
      employeeType: 'internal',
    },
  })
  const status = await lanes.post(body)
  if (status !== 201) throw new Error(`answered ${status}`)
}

async function counters(of: World): Promise<{ transactions: number; commands: number }> {
  const [row] = await of.query("select xact_commit::int as n from pg_stat_database where datname = 'passerelle'")
  const stats = await redis.info('stats')
  return { transactions: Number(row?.n), commands: Number(/total_commands_processed:(\d+)/.exec(stats)?.[1]) }
}

interface Round {
  readonly perSecond: number
  /** Raw flows, right before and right after. */
  readonly raw: number
  readonly times: readonly number[]
  /** Milliseconds of each request. */
  readonly cpu: readonly (readonly [string, number])[]
  readonly transactions: number
  readonly commands: number
}

async function measureRound(rawBefore: number): Promise<Round & { readonly rawAfter: number }> {
  using lanes = openLanes()
  const submitOne = () => submit(lanes)
  // The queues have been idle meanwhile.
  await load(submitOne, inFlight, inFlight)
  const cpu = readCpu({
    server: world.server.child.pid,
    worker: world.workers[0]?.child.pid,
    postgres: world.postgres.pid,
    redis: world.redis?.pid,
    'load (this process)': process.pid,
  })
  const before = await counters(world)
  const { perSecond, times } = await load(submitOne, count, inFlight)
  await world.query('select pg_stat_force_next_flush()')
  const after = await counters(world)
  const used = cpu.since().map(([name, seconds]) => [name, (seconds * 1000) / count] as const)
  const rawAfter = await measureRaw(inFlight)
  return {
    ...{ perSecond, times, rawAfter, raw: (rawBefore + rawAfter) / 2, cpu: used },
    transactions: (after.transactions - before.transactions) / count,
    commands: (after.commands - before.commands) / count,
  }
}

function measureRaw(warmUp: number): Promise<number> {
  return measureRawFlows(world.redis?.url ?? '', targets, { count, inFlight, warmUp })
}

function median(values: readonly number[]): number {
  return percentile(
    values.toSorted((one, other) => one - other),
    0.5,
  )
}

const round = (value: number, digits = 1) => Number(value.toFixed(digits))
console.log(`${targets.length} targets, ${inFlight} in flight, ${rounds} rounds of ${count}; warming up with ${warmUp} of each…`)
{
  using lanes = openLanes()
  await load(() => submit(lanes), warmUp, inFlight)
}
const measured: Round[] = []
for (let raw = await measureRaw(warmUp); measured.length < rounds;) {
  const one = await measureRound(raw)
  raw = one.rawAfter
  measured.push(one)
  console.log(
    `  the gateway ${one.perSecond.toFixed(0)}/s, raw flows ${one.raw.toFixed(0)}/s: ${(one.perSecond / one.raw).toFixed(3)}`,
  )
}
const all = measured.flatMap(({ times }) => times).sort((one, other) => one - other)
console.log(
  `under load p50 ${percentile(all, 0.5).toFixed(0)} ms, p95 ${percentile(all, 0.95).toFixed(0)} ms; CPU per request, medians:`,
)
for (const [index, [name]] of (measured[0]?.cpu ?? []).entries())
  console.log(
    `  ${median(measured.map(({ cpu }) => cpu[index]?.[1] ?? 0))
      .toFixed(2)
      .padStart(6)} ms ${name}`,
  )
console.log('one request in flight…')
using lane = openLanes()
const low = await load(() => submit(lane), 200, 1)
redis.disconnect()

console.log(
  JSON.stringify({
    raw_flows_s: round(median(measured.map(({ raw }) => raw))),
    gateway_requests_s: round(median(measured.map(({ perSecond }) => perSecond))),
    ratio: round(median(measured.map(({ perSecond, raw }) => perSecond / raw)), 2),
    p50_ms: round(percentile(low.times, 0.5)),
    p95_ms: round(percentile(low.times, 0.95)),
    pg_tx_per_request: round(median(measured.map(({ transactions }) => transactions)), 2),
    redis_commands_per_request: round(median(measured.map(({ commands }) => commands))),
  }),
)
