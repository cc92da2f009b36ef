/**
 * `npm run bench:reconcile`: how long a reconciliation of 100,000 accounts in a PostgreSQL table takes on this machine, and how much memory its
 * worker takes at most. The last line is one JSON object.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import type { Reconciliation } from '#server/api/types.ts'
import { shippedRules, sqlTargets, targetDatabase } from '../harness/sql-targets.ts'
import { openWorld } from '../harness/world.ts'

const [count = 100_000] = process.argv.slice(2).map(Number)
/** So many are only in the target, so many only in the ledger, and so many are changed. */
const odd = Math.round(count / 20)

await using world = await openWorld({
  engine: 'redis',
  durable: true,
  ruleSet: shippedRules(),
  targets: sqlTargets,
  variables: { WORKER_LEASE_SECONDS: '30', WORKER_ISOLATION: 'kind' },
})
const person = await world.login()

/** What one request with one step leaves, as often as there are accounts. */
const ledger = `
with person as (
  select n, ('00000000-0000-4000-8000-' || lpad(to_hex(n), 12, '0'))::uuid as id, jsonb_build_object('username', jsonb_build_array('u' || n),
    'full_name', jsonb_build_array('Person ' || n), 'service', jsonb_build_array('Finance')) as attributes
  from generate_series(${odd + 1}, ${count + odd}) n),
identities as (
  insert into passerelle.identity (id, source, external_id, key, attributes, targets, revision)
  select id, 'test', 'e-' || n, 'e-' || n, attributes, '{"intranet": []}', 1 from person),
accounts as (
  insert into passerelle.account (identity_id, target, native_id, label, enabled, updated_at)
  select id, 'intranet', n::text, 'u' || n, true, now() - interval '1 day' from person),
requests as (
  insert into passerelle.request (id, identity_id, source, external_id, kind, state, rule_set, rule_version, previous, desired, computed, plan_hash, actor)
  select id, id, 'test', 'e-' || n, 'create', 'succeeded', 'default', 1, '{}', '{}', '{}', '', 'source:test' from person)
insert into passerelle.step (request_id, target, generation, state, plan, after, native_id, label, disposition)
select id, 'intranet', 1, 'applied', jsonb_build_object('operation', 'create', 'correlate', jsonb_build_object('username', attributes -> 'username'), 'secrets', '{}'::jsonb,
  'memberships', '{"add": [], "remove": []}'::jsonb, 'attributes', (select jsonb_object_agg(key, jsonb_build_object('values', value, 'strength', 'strong', 'multivalued', 'replace')) from jsonb_each(attributes))),
  jsonb_build_object('nativeId', n::text, 'label', 'u' || n, 'enabled', true, 'attributes', attributes, 'memberships', '[]'::jsonb), n::text, 'u' || n, 'created' from person`

await world.postgres.query(
  targetDatabase,
  `insert into intranet.account (username, full_name, service)
   select 'u' || n, 'Person ' || n, case when n > ${count - odd} then 'Elsewhere' else 'Finance' end from generate_series(1, ${count}) n`,
)
await world.query(ledger)

/** The process of the worker that serves the table's kind of connector: each kind has one of its own. */
function processOfKind(kind: string): number {
  const [found] = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => isPartOf(pid, kind))
  if (found === undefined) throw new Error(`no process serves ${kind}`)
  return found
}

function isPartOf(pid: number, kind: string): boolean {
  try {
    const parent = Number(/PPid:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1])
    return parent === world.workers[0]?.child.pid && readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(kind)
  } catch {
    // It ended meanwhile.
    return false
  }
}

const pid = processOfKind('sql')
/** Megabytes: what that process holds now (`VmRSS`) or held at most (`VmHWM`). */
const memory = (what: 'VmRSS' | 'VmHWM') =>
  Math.round(Number(new RegExp(`${what}:\\s+(\\d+)`).exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024)
const before = memory('VmRSS')

console.log(`${count} accounts in the target, ${count} in the ledger…`)
const begin = performance.now()
const { body } = await world.call<Reconciliation>(
  'POST',
  '/api/v1/reconciliations',
  { target: 'intranet', reason: 'the benchmark' },
  person,
)
let run = body
while (run.endedAt === null) {
  await delay(250)
  run = (await world.call<Reconciliation>('GET', `/api/v1/reconciliations/${body.id}`, undefined, person)).body
}
const seconds = (performance.now() - begin) / 1_000
const { matched, missing, orphan, divergent } = run.counts
console.log(
  `  ${run.state} in ${seconds.toFixed(1)} s: ${matched} as they were left, ${missing} missing, ${orphan} orphans, ${divergent} divergent`,
)
console.log(`  the worker: ${before} MB before, ${memory('VmHWM')} MB at most`)
console.log(
  JSON.stringify({
    accounts: run.listed,
    seconds: Number(seconds.toFixed(1)),
    accounts_s: Math.round(run.listed / seconds),
    worker_mb_before: before,
    worker_mb_at_most: memory('VmHWM'),
  }),
)
