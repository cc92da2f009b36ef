/** A past: requests that came and identities that are known, written into the ledger's tables at once, because thousands of real ones would take minutes. */
import { targetsDump } from './sql-targets.ts'
import type { World } from './world.ts'

const given = `(array['Ada', 'Zoé', 'Jean-Pierre', 'Élodie', 'Seán'])[1 + n % 5]`
/** Letters only, so that rules leave it alone; every tenth person has a name that nine others have. */
const family = `initcap(translate((n / case when n % 10 = 0 then 100 else 1 end)::text, '0123456789', 'abcdefghij') || 'ou')`
const attributes = `jsonb_build_object('givenName', jsonb_build_array(${given}), 'familyName', jsonb_build_array(${family}),
  'organizationalUnit', jsonb_build_array((array['Finance', 'Legal', 'IT'])[1 + n % 3]), 'employeeType', jsonb_build_array(case when n % 4 = 0 then 'external' else 'internal' end))`
const present = `jsonb_build_object('attributes', ${attributes}, 'targets', '{"directory": ["everyone"]}'::jsonb, 'disabled', false, 'switchedOff', '[]'::jsonb)`
const nobody = `'{"attributes": {}, "targets": {}, "disabled": false, "switchedOff": []}'::jsonb`

/**
 * Past requests of the source `test`, planned with version 1 of the rule set: creations, updates, every tenth a disabling and every twentieth a
 * deletion; and the identities that they are about, each with an account in the directory.
 */
export async function writePast({ query }: Pick<World, 'query'>, ruleSet: string, count: number): Promise<void> {
  await query(
    `insert into passerelle.identity (id, source, external_id, key, display_name, attributes, targets)
     select gen_random_uuid(), 'test', 'past-' || n, 'past-' || n, ${given} || ' ' || ${family}, ${attributes}, '{"directory": ["everyone"]}'
     from generate_series(1, $1::int) n`,
    [count],
  )
  await query(
    `insert into passerelle.request (id, identity_id, source, external_id, display_name, kind, state, rule_set, rule_version, previous, desired, computed, plan_hash, actor, settled_at)
     select gen_random_uuid(), identity.id, 'test', 'past-' || n, display_name, kind, 'succeeded', $2, 1,
       case kind when 'create' then ${nobody} else ${present} end, case kind when 'delete' then ${nobody} else ${present} end, '{}', 'past', 'test', now()
     from generate_series(1, $1::int) n join passerelle.identity on external_id = 'past-' || n,
       lateral (select case when n % 20 = 0 then 'delete' when n % 10 = 0 then 'disable' when n % 2 = 0 then 'update' else 'create' end as kind) k
     order by n`,
    [count, ruleSet],
  )
  await query('analyze passerelle.request, passerelle.identity')
}

/** Everything that the gateway and its targets hold, but simulations themselves, the record that they were made, and the processes' signs of life. */
export async function dumpWorld(world: World): Promise<string> {
  const tables = await world.query(
    `select table_name as name from information_schema.tables where table_schema = 'passerelle' and table_type = 'BASE TABLE'
       and table_name not in ('simulation', 'simulation_result', 'audit', 'audit_head', 'session', 'target_state', 'process_sign') order by 1`,
  )
  const dumps = await Promise.all(
    tables.map(async ({ name }) => [
      name,
      await world.query(
        `select count(*)::int, md5(string_agg(row::text, '|' order by row::text)) from passerelle.${String(name)} row`,
      ),
    ]),
  )
  return JSON.stringify([dumps, await targetsDump(world)])
}
