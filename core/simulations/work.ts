/**
 * The worker's side of simulations. The table is the truth: who holds a simulation holds a lease, and a page's results, the counts with them and
 * how far it came are written in one transaction, so that whoever takes over goes on exactly there.
 */
import { asRows, type Sql } from '../database.ts'
import type { Problem } from '../states.ts'
import type { SimulationContext, SimulationResult, SimulationScope, SimulationTally } from './simulation.ts'

export interface ClaimedSimulation {
  readonly id: string
  readonly fence: number
  readonly ruleSet: string
  readonly version: number
  readonly text: string
  readonly against: number
  readonly againstText: string
  readonly scope: SimulationScope
  readonly sources: readonly string[]
  readonly context: SimulationContext
  readonly total: number
  readonly done: number
  readonly first: string
  readonly last: string | null
  readonly tally: SimulationTally
  /** How often it was taken since anything was written, this time included. */
  readonly claims: number
}

export type Held = Pick<ClaimedSimulation, 'id' | 'fence'>

/** Unfinished simulations that nobody is at. */
export async function readDueSimulations(sql: Sql): Promise<readonly string[]> {
  const rows = await sql<{ id: string }[]>`
    select id from simulation where state in ('waiting', 'running') and (lease_until is null or lease_until <= clock_timestamp()) order by seq`
  return rows.map(({ id }) => id)
}

/** Null when it has ended, or when somebody is at it. */
export async function claimSimulation(sql: Sql, id: string, seconds: number): Promise<ClaimedSimulation | null> {
  const [claimed] = await sql<ClaimedSimulation[]>`
    update simulation set state = 'running', fence = fence + 1, claims = claims + 1, lease_until = clock_timestamp() + make_interval(secs => ${seconds})
    where id = ${id} and state in ('waiting', 'running') and (lease_until is null or lease_until <= clock_timestamp())
    returning id, fence, rule_set as "ruleSet", version, text, against, against_text as "againstText", scope, sources, context, total, done,
      first_key as first, last_key as last, tally, claims`
  return claimed ?? null
}

/** false: it was cancelled, or somebody else is at it. */
export async function renewSimulation(sql: Sql, { id, fence }: Held, seconds: number): Promise<boolean> {
  const renewed = await sql`
    update simulation set lease_until = clock_timestamp() + make_interval(secs => ${seconds}) where id = ${id} and fence = ${fence} and state = 'running'`
  return renewed.count > 0
}

export interface SimulatedPage {
  readonly results: readonly SimulationResult[]
  /** How many there were before. */
  readonly done: number
  readonly last: string
  /** With these results in it. */
  readonly tally: SimulationTally
}

/** false, and nothing is written: it was cancelled, or somebody else is at it. */
export function writePage(
  sql: Sql,
  { id, fence }: Held,
  { results, done, last, tally }: SimulatedPage,
  seconds: number,
): Promise<boolean> {
  return sql.begin(async (tx) => {
    const held = await tx`
      update simulation set done = ${done + results.length}, last_key = ${last}, tally = ${asRows(tx, tally as never)}, claims = 0,
        lease_until = clock_timestamp() + make_interval(secs => ${seconds})
      where id = ${id} and fence = ${fence} and state = 'running' and done = ${done}`
    if (held.count === 0) return false
    const rows = results.map((result, index) => ({
      ord: done + index + 1,
      request_id: result.requestId,
      source: result.source,
      external_id: result.externalId,
      display_name: result.displayName,
      kind: result.kind,
      outcome: result.outcome,
      problem: result.problem,
      changes: result.changes,
    }))
    await tx`
      insert into simulation_result (simulation_id, ord, request_id, source, external_id, display_name, kind, outcome, problem, changes)
      select ${id}, ord, request_id, source, external_id, display_name, kind, outcome, nullif(problem, 'null'), changes
      from jsonb_to_recordset(${asRows(tx, rows)}) as row (ord int, request_id uuid, source text, external_id text, display_name text, kind text, outcome text, problem jsonb, changes jsonb)`
    return true
  })
}

/** Everybody was tried, or nothing more can be. */
export async function endSimulation(sql: Sql, { id, fence }: Held, problem: Problem | null): Promise<void> {
  await sql`
    update simulation set state = ${problem === null ? 'done' : 'failed'}, problem = ${problem === null ? null : asRows(sql, problem as never)},
      total = ${problem === null ? sql`done` : sql`total`}, ended_at = clock_timestamp(), lease_until = null
    where id = ${id} and fence = ${fence} and state = 'running'`
}

/** For another worker to go on at once. What failed counts as one more time that nothing came of it; that a worker stops does not. */
export async function releaseSimulation(sql: Sql, { id, fence }: Held, why: 'failed' | 'stopping'): Promise<void> {
  await sql`
    update simulation set lease_until = null, claims = case when ${why} = 'failed' then claims else 0 end
    where id = ${id} and fence = ${fence} and state = 'running'`
}
