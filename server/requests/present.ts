/** Requests in the words of the API, read in batches because many callers ask at once. */
import type { PostgresJsDatabase } from '#core/ledger/drizzle.ts'
import { coalesce } from '#core/coalesce.ts'
import type { Sql } from '#core/database.ts'
import {
  readEvents,
  readOvertaken,
  readRequests,
  readStatements,
  readSteps,
  readSummaries,
  type RequestRow,
  type StatementRow,
  type StepRow,
  type SummaryRow,
} from '#core/ledger/read-request.ts'
import { canRetry } from '#core/saga/decisions.ts'
import { possibleVerbs } from '#core/saga/verbs.ts'
import type { TargetRecord } from '#core/targets.ts'
import { waitingFor, type TargetStates } from './waiting.ts'
import type { RequestDetail, RequestEvent, RequestSummary, StepDetail } from '../api/types.ts'

export interface Presenter {
  detail(id: string): Promise<RequestDetail | null>
  summaries(rows: readonly SummaryRow[]): readonly RequestSummary[]
  summary(id: string): Promise<RequestSummary | null>
  events(id: string): Promise<readonly RequestEvent[]>
}

export function createPresenter(
  db: PostgresJsDatabase,
  sql: Sql,
  targets: () => readonly Pick<TargetRecord, 'name' | 'connector'>[],
  targetStates: TargetStates,
): Presenter {
  const connectorOf = (target: string) => targets().find((record) => record.name === target)?.connector ?? 'unknown'

  const detail = coalesce<string, RequestDetail | null>(
    async (ids) => {
      const rows = await readRequests(db, ids)
      // Only then: a request that has ended must not be shown with steps of before its end.
      const steps = await readSteps(db, ids)
      const byRequest = Map.groupBy(steps, (step) => step.requestId)
      const people = await readForPeople(db, rows)
      const parts = { connectorOf, targetStates, ...people }
      const found = new Map(rows.map((row) => [row.id, toDetail(row, byRequest.get(row.id) ?? [], parts)]))
      return ids.map((id) => found.get(id) ?? null)
    },
    { limit: 200 },
  )

  const summary = coalesce<string, RequestSummary | null>(
    async (ids) => {
      const found = new Map((await readSummaries(sql, ids)).map((row) => [row.id, toSummary(row, row.steps, targetStates)]))
      return ids.map((id) => found.get(id) ?? null)
    },
    { limit: 200 },
  )

  return {
    detail,
    summaries: (rows) => rows.map((row) => toSummary(row, row.steps, targetStates)),
    summary,
    async events(id) {
      const rows = await readEvents(db, id)
      return rows.map(({ seq, at, action, actor, target, detail: about }) => ({
        seq,
        at: at.toISOString(),
        action,
        actor,
        targets: target === null ? [] : target.split(','),
        detail: about,
      }))
    },
  }
}

function toSummary(
  row: Omit<SummaryRow, 'steps'>,
  steps: readonly Pick<StepRow, 'target' | 'state'>[],
  targetStates: TargetStates,
): RequestSummary {
  return {
    id: row.id,
    state: row.state,
    kind: row.kind,
    source: row.source,
    externalId: row.externalId,
    displayName: row.displayName,
    generation: row.generation,
    receivedAt: row.receivedAt.toISOString(),
    settledAt: row.settledAt?.toISOString() ?? null,
    steps: steps.map(({ target, state }) => ({ target, state })),
    problem: row.problem,
    waitingFor: waitingFor(row.state, steps, targetStates),
  }
}

interface ForPeople {
  readonly overtaken: ReadonlySet<string>
  readonly statements: readonly StatementRow[]
}

/** What only people who must act need; nothing is read for requests that went well. */
async function readForPeople(db: PostgresJsDatabase, rows: readonly RequestRow[]): Promise<ForPeople> {
  const waiting = rows.filter(({ state }) => state === 'needs_attention').map(({ id }) => id)
  const ended = rows.filter(({ state }) => canRetry(state) && state !== 'needs_attention').map(({ id }) => id)
  const [overtaken, statements] = await Promise.all([readOvertaken(db, ended), readStatements(db, waiting)])
  return { overtaken, statements }
}

interface Parts extends ForPeople {
  readonly connectorOf: (target: string) => string
  readonly targetStates: TargetStates
}

function toDetail(row: RequestRow, steps: readonly StepRow[], parts: Parts): RequestDetail {
  const resolvable = steps.map(({ state, leaseUntil }) => ({
    state,
    leased: leaseUntil !== null && leaseUntil.getTime() > Date.now(),
  }))
  return {
    ...toSummary(row, steps, parts.targetStates),
    plan: {
      ruleSet: { name: row.ruleSet, version: row.ruleVersion },
      identity: row.computed,
      steps: steps.map((step) => step.plan),
      ...(row.lookups !== null && { lookups: row.lookups }),
      ...(row.approvals !== null && { approvals: row.approvals }),
      hash: row.planHash,
    },
    details: steps.map((step) => toStepDetail(step, parts)),
    verbs: possibleVerbs({ ...row, overtaken: parts.overtaken.has(row.id) }, resolvable),
    supersededBy: row.supersededBy,
  }
}

function toStepDetail(step: StepRow, { connectorOf, statements }: Parts): StepDetail {
  return {
    target: step.target,
    connector: connectorOf(step.target),
    operation: step.plan.operation,
    state: step.state,
    onFailure: step.plan.onFailure,
    attempts: step.attempts,
    startedAt: step.startedAt?.toISOString() ?? null,
    settledAt: step.settledAt?.toISOString() ?? null,
    disposition: step.disposition,
    nativeId: step.nativeId,
    label: step.label,
    before: step.before,
    after: step.after,
    writes: step.writes,
    error: step.error,
    differences: step.differences ?? [],
    statements: statements
      .filter(({ requestId, target, fence }) => requestId === step.requestId && target === step.target && fence === step.fence)
      .map(({ person, outcome, reason, statedAt }) => ({ person, outcome, reason, at: statedAt.toISOString() })),
  }
}
