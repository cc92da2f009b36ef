/** Whom a simulation tries the rules on, page by page, so that a simulation of everybody takes no more memory than one of a few. */
import type { Sql } from '../database.ts'
import type { SimulationScope, Subject } from './simulation.ts'

export interface SubjectPage {
  readonly subjects: readonly Subject[]
  /** One for each; give the last that was tried back as `after` for the next page. */
  readonly keys: readonly string[]
}

export interface PageAsked {
  readonly ruleSet: string
  readonly scope: SimulationScope
  readonly sources: readonly string[]
  /** Where the simulation begins. */
  readonly first: string
  /** The last of the page before; null for the first page. */
  readonly after: string | null
  readonly limit: number
}

type Keyed = Subject & { readonly key: string }

export async function readSubjects(sql: Sql, asked: PageAsked): Promise<SubjectPage> {
  const rows = asked.scope.kind === 'requests' ? await readRequests(sql, asked) : await readIdentities(sql, asked)
  return { subjects: rows.map(withoutKey), keys: rows.map(({ key }) => key) }
}

function withoutKey(row: Keyed): Subject {
  const { key: _, ...subject } = row
  return subject
}

/** Backwards from the newest. A deletion leaves no attributes: it was planned from those that were to go. */
function readRequests(sql: Sql, { ruleSet, first, after, limit }: PageAsked): Promise<Keyed[]> {
  return sql<Keyed[]>`
    select seq::text as key, id as "requestId", source, external_id as "externalId", display_name as "displayName", kind,
      case when kind = 'delete' then previous -> 'attributes' else desired -> 'attributes' end as attributes, previous,
      array(select jsonb_object_keys(secrets)) as secrets, scope
    from request
    where rule_set = ${ruleSet} and seq <= ${first}::bigint and (${after}::bigint is null or seq < ${after}::bigint)
    order by seq desc limit ${limit}`
}

/** Who was deleted, or never came to be, has neither attributes nor accounts. */
function readIdentities(sql: Sql, { sources, first, after, limit }: PageAsked): Promise<Keyed[]> {
  return sql<Keyed[]>`
    select id::text as key, null as "requestId", source, external_id as "externalId", display_name as "displayName", 'update' as kind, attributes,
      jsonb_build_object('attributes', attributes, 'targets', targets, 'disabled', disabled, 'switchedOff', switched_off) as previous, '{}'::text[] as secrets, null as scope
    from identity
    where source = any(${[...sources]}::text[]) and id >= ${first}::uuid and (${after}::uuid is null or id > ${after}::uuid)
      and (attributes <> '{}' or targets <> '{}')
    order by id limit ${limit}`
}
