/** Many accounts, in a PostgreSQL table and in the ledger: what reconciliations are measured with. */
import { setTimeout as delay } from 'node:timers/promises'
import type { Reconciliation } from '#server/api/types.ts'
import { targetDatabase } from './sql-targets.ts'
import type { World } from './world.ts'

/** What one request with one step leaves, as often as there are accounts. */
const ledger = (count: number, odd: number) => `
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

const table = (count: number, odd: number) => `
insert into intranet.account (username, full_name, service)
select 'u' || n, 'Person ' || n, case when n > ${count - odd} then 'Elsewhere' else 'Finance' end from generate_series(1, ${count}) n`

/** So many in the target `intranet` and as many in the ledger; one in twenty only there, one only here, and one changed. */
export async function bringCrowd(world: World, count: number): Promise<void> {
  const odd = Math.round(count / 20)
  await world.postgres.query(targetDatabase, table(count, odd))
  await world.query(ledger(count, odd))
}

/** Asks for a reconciliation of `intranet`, and waits for its end. */
export async function reconcileCrowd(world: World, person: Record<string, string>): Promise<Reconciliation> {
  const asked = { target: 'intranet', reason: 'the yearly review' }
  let { body: run } = await world.call<Reconciliation>('POST', '/api/v1/reconciliations', asked, person)
  const { id } = run
  while (run.endedAt === null) {
    await delay(250)
    run = (await world.call<Reconciliation>('GET', `/api/v1/reconciliations/${id}`, undefined, person)).body
  }
  return run
}
