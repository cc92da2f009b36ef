/** Simulations as people ask for them and look at them. The texts of both versions are kept with each, so that it goes on with what it began with. */
import { asRows, type Sql } from '../database.ts'
import { GatewayError } from '../errors.ts'
import type { RequestKind } from '../plan.ts'
import type { Problem } from '../states.ts'
import type {
  SimulationContext,
  SimulationOutcome,
  SimulationResult,
  SimulationScope,
  SimulationState,
  SimulationTally,
} from './simulation.ts'

/** Told to the workers when there is something to simulate. */
export const simulationChannel = 'passerelle_simulations'

export interface NewSimulation {
  readonly id: string
  readonly ruleSet: string
  readonly version: number
  readonly text: string
  readonly against: number
  readonly againstText: string
  readonly scope: SimulationScope
  /** Of a population. */
  readonly sources: readonly string[]
  readonly targets: readonly string[]
  readonly context: SimulationContext
  readonly tally: SimulationTally
  readonly by: string
}

export interface SimulationRecord {
  readonly id: string
  readonly seq: number
  readonly ruleSet: string
  readonly version: number
  readonly against: number
  readonly scope: SimulationScope
  readonly state: SimulationState
  readonly total: number
  readonly done: number
  readonly tally: SimulationTally
  readonly by: string
  readonly createdAt: Date
  readonly endedAt: Date | null
  readonly problem: Problem | null
  /** SHA-256 in hex of the text that was tried. */
  readonly hash: string
  /** The targets are configured otherwise than when it began. */
  readonly targetsChanged: boolean
  /** A lookup table that the rules read has a newer version. */
  readonly lookupsChanged: boolean
}

/** Unfinished at once for one rule set: each takes a worker's time, and nobody looks at more. */
const mostUnfinished = 5
/** Kept for each rule set: results hold what identities are like, and are of use for as long as the rules are being worked on. */
const mostKept = 50

/**
 * Writes it down, for the workers to take up; older ones than the newest of its rule set are forgotten with their results.
 * Throws `conflict` when too many are unfinished, `unprocessable` when there is nothing to try it on.
 */
export async function createSimulation(sql: Sql, wanted: NewSimulation): Promise<void> {
  const { id, ruleSet, scope, sources, targets } = wanted
  const { total, first } = await findExtent(sql, ruleSet, scope, sources)
  if (total === 0 || first === null)
    throw new GatewayError(
      'unprocessable',
      scope.kind === 'requests' ? 'no request was planned with this rule set yet' : 'nobody is known there',
      {
        hint: 'try it on the requests, or on the population, that there is',
      },
    )
  await sql.begin(async (tx) => {
    // Two who ask at the same time see each other's.
    await tx`select pg_advisory_xact_lock(hashtextextended('simulations of ' || ${ruleSet}, 0))`
    const [running] = await tx<{ count: number }[]>`
      select count(*)::int as count from simulation where rule_set = ${ruleSet} and state in ('waiting', 'running')`
    if ((running?.count ?? 0) >= mostUnfinished)
      throw new GatewayError('conflict', `${mostUnfinished} simulations of this rule set are under way already`, {
        hint: 'wait for one of them, or cancel it',
      })
    await tx`
      insert into simulation (id, rule_set, version, text, against, against_text, scope, sources, targets, targets_mark, context, total, first_key, tally, by)
      values (${id}, ${ruleSet}, ${wanted.version}, ${wanted.text}, ${wanted.against}, ${wanted.againstText}, ${asRows(tx, scope as never)}, ${[...sources]}::text[],
        ${[...targets]}::text[], target_mark(${[...targets]}::text[]), ${asRows(tx, wanted.context as never)}, ${total}, ${first}, ${asRows(tx, wanted.tally as never)}, ${wanted.by})`
    await tx`
      delete from simulation where rule_set = ${ruleSet} and state not in ('waiting', 'running')
        and seq < (select min(seq) from (select seq from simulation where rule_set = ${ruleSet} order by seq desc limit ${mostKept}) newest)`
    await tx`select pg_notify(${simulationChannel}, '')`
  })
}

/** How much there is to try it on, and where to begin. What comes later is not a part of it. */
export async function findExtent(
  sql: Sql,
  ruleSet: string,
  scope: SimulationScope,
  sources: readonly string[],
): Promise<{ readonly total: number; readonly first: string | null }> {
  const [extent] =
    scope.kind === 'requests'
      ? await sql<{ total: number; first: string | null }[]>`
          select count(*)::int as total, max(seq)::text as first
          from (select seq from request where rule_set = ${ruleSet} order by seq desc limit ${scope.last}) newest`
      : await sql<{ total: number; first: string | null }[]>`
          select count(*)::int as total, min(id::text) as first from identity
          where source = any(${[...sources]}::text[]) and (attributes <> '{}' or targets <> '{}')`
  return extent ?? { total: 0, first: null }
}

export interface SimulationFilter {
  readonly id?: string
  readonly ruleSet?: string
  /** Only those that were asked for before this sequence number. */
  readonly before?: number
  readonly limit: number
}

/** The newest first. */
export function readSimulations(sql: Sql, { id, ruleSet, before, limit }: SimulationFilter): Promise<SimulationRecord[]> {
  return sql<SimulationRecord[]>`
    select id, seq, rule_set as "ruleSet", version, against, scope, state, total, done, tally, by, created_at as "createdAt", ended_at as "endedAt", problem,
      encode(sha256(convert_to(text, 'UTF8')), 'hex') as hash, targets_mark <> target_mark(targets) as "targetsChanged",
      exists (select from jsonb_each_text(context -> 'lookups') used (name, version) join lookup_table newer on newer.name = used.name and newer.version > used.version::int) as "lookupsChanged"
    from simulation
    where (${id ?? null}::uuid is null or id = ${id ?? null}::uuid)
      and (${ruleSet ?? null}::text is null or rule_set = ${ruleSet ?? null}::text)
      and (${before ?? null}::bigint is null or seq < ${before ?? null}::bigint)
    order by seq desc limit ${limit}`
}

/** false: it had ended already. A worker that is at it notices with the next page. */
export async function cancelSimulation(sql: Sql, id: string): Promise<boolean> {
  const cancelled = await sql`
    update simulation set state = 'cancelled', ended_at = clock_timestamp(), lease_until = null
    where id = ${id} and state in ('waiting', 'running')`
  return cancelled.count > 0
}

export interface ResultFilter {
  readonly outcome?: SimulationOutcome
  readonly kind?: RequestKind
  /** Only where something changes in this target, or fails there. */
  readonly target?: string
  /** Only where this attribute changes. */
  readonly attribute?: string
  /** Only those behind this one. */
  readonly after?: number
  readonly limit: number
}

export type SimulationRow = SimulationResult & { readonly ord: number }

/** In the order in which they were tried: the newest request first. */
export function readResults(
  sql: Sql,
  simulationId: string,
  { outcome, kind, target, attribute, after, limit }: ResultFilter,
): Promise<SimulationRow[]> {
  const place = { ...(target === undefined ? {} : { target }), ...(attribute === undefined ? {} : { attribute }) }
  const changes = target === undefined && attribute === undefined ? null : asRows(sql, [place])
  // What fails in a target fails all of its attributes.
  const fails = target === undefined || attribute !== undefined ? null : target
  return sql<SimulationRow[]>`
    select ord, request_id as "requestId", source, external_id as "externalId", display_name as "displayName", kind, outcome, problem, changes
    from simulation_result
    where simulation_id = ${simulationId} and ord > ${after ?? 0}
      and (${outcome ?? null}::text is null or outcome = ${outcome ?? null}::text)
      and (${kind ?? null}::text is null or kind = ${kind ?? null}::text)
      and (${changes}::jsonb is null or changes @> ${changes}::jsonb or problem ->> 'target' = ${fails}::text)
    order by ord limit ${limit}`
}
