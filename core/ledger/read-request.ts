/** Requests as people and programs see them: rows of the list, one in full, its history. */
import type { Sql } from '../database.ts'
import type { RequestKind, StepPlan } from '../plan.ts'
import type { RequestState } from '../states.ts'
import {
  alias,
  and,
  asc,
  desc,
  eq,
  exists,
  gt,
  ilike,
  inArray,
  lt,
  or,
  sql as raw,
  type AnyColumn,
  type PostgresJsDatabase,
  type SQL,
} from './drizzle.ts'
import { wholeStep } from './kept-step.ts'
import { audits, requests, statements, steps } from './tables.ts'

export interface RequestFilter {
  readonly states?: readonly RequestState[]
  readonly kinds?: readonly RequestKind[]
  readonly source?: string
  readonly target?: string
  /** A part of the display name or of the external id. */
  readonly text?: string
  /** Only requests that were accepted before this sequence number. */
  readonly before?: number
  readonly limit: number
}

export type RequestRow = typeof requests.$inferSelect
export type StepRow = Omit<typeof steps.$inferSelect, 'plan'> & { readonly plan: StepPlan }
export type AuditRow = typeof audits.$inferSelect
export type StatementRow = typeof statements.$inferSelect

/** What a list shows of a request; the states before and after it, and its plan, are large and stay where they are. */
const summaryColumns = {
  id: requests.id,
  seq: requests.seq,
  state: requests.state,
  kind: requests.kind,
  source: requests.source,
  externalId: requests.externalId,
  displayName: requests.displayName,
  generation: requests.generation,
  receivedAt: requests.receivedAt,
  settledAt: requests.settledAt,
  problem: requests.problem,
  /** Ordered by target. */
  steps: raw<StepStates>`(
    select coalesce(json_agg(json_build_object('target', ${steps.target}, 'state', ${steps.state}) order by ${steps.target}), '[]')
    from ${steps} where ${steps.requestId} = ${requests.id})`,
} as const

type StepStates = readonly Pick<StepRow, 'target' | 'state'>[]
export type SummaryRow = Pick<RequestRow, Exclude<keyof typeof summaryColumns, 'steps'>> & { readonly steps: StepStates }

export function listRequests(db: PostgresJsDatabase, filter: RequestFilter): Promise<SummaryRow[]> {
  const conditions: (SQL | undefined)[] = [
    filter.states && inArray(requests.state, [...filter.states]),
    filter.kinds && inArray(requests.kind, [...filter.kinds]),
    filter.source === undefined ? undefined : eq(requests.source, filter.source),
    filter.before === undefined ? undefined : lt(requests.seq, filter.before),
    filter.text === undefined ? undefined : matchesText(filter.text),
    filter.target === undefined
      ? undefined
      : exists(
          db
            .select({ one: raw`1` })
            .from(steps)
            .where(and(eq(steps.requestId, requests.id), eq(steps.target, filter.target))),
        ),
  ]
  return db
    .select(summaryColumns)
    .from(requests)
    .where(and(...conditions))
    .orderBy(desc(requests.seq))
    .limit(filter.limit)
}

function matchesText(text: string): SQL | undefined {
  const pattern = `%${text.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`
  return or(ilike(requests.displayName, pattern), ilike(requests.externalId, pattern))
}

/** One parameter for any number of ids: hundreds of them come together when many callers wait. */
function isOneOf(column: AnyColumn, ids: readonly string[]): SQL {
  return raw`${column} = any(${raw.param([...ids])}::uuid[])`
}

export function readRequests(db: PostgresJsDatabase, ids: readonly string[]): Promise<RequestRow[]> {
  return db.select().from(requests).where(isOneOf(requests.id, ids))
}

/** Callers who wait for an end and ask for a minimal answer come here, each request once: by key, whatever the planner thinks of young tables. */
export function readSummaries(sql: Sql, ids: readonly string[]): Promise<SummaryRow[]> {
  return sql<SummaryRow[]>`
    select id, seq, state, kind, source, external_id as "externalId", display_name as "displayName", generation,
      received_at as "receivedAt", settled_at as "settledAt", problem,
      (select coalesce(json_agg(json_build_object('target', target, 'state', state) order by target), '[]') from step where request_id = request.id) as steps
    from request where id = any(${[...ids]}::uuid[])`
}

export async function readSteps(db: PostgresJsDatabase, ids: readonly string[]): Promise<StepRow[]> {
  const rows = await db.select().from(steps).where(isOneOf(steps.requestId, ids)).orderBy(asc(steps.target))
  return rows.map(wholeStep)
}

export function readEvents(db: PostgresJsDatabase, requestId: string): Promise<AuditRow[]> {
  return db.select().from(audits).where(eq(audits.requestId, requestId)).orderBy(asc(audits.seq))
}

/** Of the requests, those after which another one of the same identity was accepted. */
export async function readOvertaken(db: PostgresJsDatabase, ids: readonly string[]): Promise<ReadonlySet<string>> {
  if (ids.length === 0) return new Set()
  const later = alias(requests, 'later')
  const rows = await db
    .select({ id: requests.id })
    .from(requests)
    .where(
      and(
        isOneOf(requests.id, ids),
        exists(
          db
            .select({ one: raw`1` })
            .from(later)
            .where(and(eq(later.identityId, requests.identityId), gt(later.seq, requests.seq))),
        ),
      ),
    )
  return new Set(rows.map((row) => row.id))
}

export async function readStatements(db: PostgresJsDatabase, ids: readonly string[]): Promise<readonly StatementRow[]> {
  if (ids.length === 0) return []
  return db.select().from(statements).where(isOneOf(statements.requestId, ids)).orderBy(asc(statements.statedAt))
}
