/** What a worker reads before it claims a step: everything it needs to call the target, in one batched query. */
import type { Account, Disposition, Writes } from '../account.ts'
import { coalesce } from '../coalesce.ts'
import { asRows, type Sql } from '../database.ts'
import type { RequestKind, StepPlan } from '../plan.ts'
import { held } from '../saga/transitions.ts'
import type { Direction } from '../saga/verbs.ts'
import type { Problem, RequestState, StepState } from '../states.ts'
import type { StepRef } from './claim.ts'
import { wholeStep, type KeptStep } from './kept-step.ts'

export interface StepRecord {
  readonly requestId: string
  readonly target: string
  readonly generation: number
  readonly state: StepState
  readonly fence: number
  /** Milliseconds for which another worker still holds the step; 0 when it is free. */
  readonly leasedMs: number
  readonly plan: StepPlan
  readonly before: Account | null
  readonly after: Account | null
  readonly writes: Writes | null
  readonly beforeSecrets: string | null
  readonly afterSecrets: string | null
  /** Its undo may have set a secret that nobody knows. */
  readonly resetBegun: boolean
  readonly nativeId: string | null
  readonly label: string | null
  readonly disposition: Disposition | null
  readonly attempts: number
  /** Claims that ended without a settlement, as far as later claims have found them. */
  readonly deaths: number
  /** How often its undo was tried in vain. */
  readonly undoAttempts: number
  readonly error: Problem | null
  /** Milliseconds since the call began whose outcome may be unknown; null when there was none. */
  readonly calledMs: number | null
  /** Milliseconds since the lease of a claim ran out that nobody settled; null when there is none. Until then its worker may have called. */
  readonly lostMs: number | null
  /** The native id of the account that the ledger links to the identity. */
  readonly accountId: string | null
  readonly requestState: RequestState
  readonly direction: Direction
  readonly kind: RequestKind
  /** Secret name → sealed id. */
  readonly secrets: Readonly<Record<string, string>>
}

export function createStepReader(sql: Sql): (ref: StepRef) => Promise<StepRecord | null> {
  return coalesce<StepRef, StepRecord | null>(
    async (refs) => {
      const keys = refs.map((ref) => ({ request_id: ref.requestId, target: ref.target, generation: ref.generation }))
      const rows = await sql<(Omit<StepRecord, 'plan'> & KeptStep)[]>`
        select step.request_id as "requestId", step.target, step.generation, step.state, step.fence,
          greatest(0, ceil(extract(epoch from step.lease_until - clock_timestamp()) * 1000))::int as "leasedMs",
          case when step.lease_until is not null and step.state = any(${[...held]}::text[]) then greatest(0, floor(extract(epoch from clock_timestamp() - step.lease_until) * 1000))::int end as "lostMs",
          step.plan, step.before, step.after, step.writes, step.before_secrets as "beforeSecrets", step.after_secrets as "afterSecrets", step.reset_at is not null as "resetBegun", step.native_id as "nativeId", step.label, step.disposition,
          step.attempts, step.deaths, step.undo_attempts as "undoAttempts", step.error, request.direction, (extract(epoch from clock_timestamp() - step.called_at) * 1000)::int as "calledMs", account.native_id as "accountId", request.state as "requestState", request.kind, request.secrets
        from jsonb_to_recordset(${asRows(sql, keys)}) as key (request_id uuid, target text, generation int)
        join step on step.request_id = key.request_id and step.target = key.target and step.generation = key.generation
        join request on request.id = step.request_id
        left join account on account.identity_id = request.identity_id and account.target = step.target`
      const found = new Map(
        rows.map((row) => [
          `${row.requestId} ${row.target} ${row.generation}`,
          { ...wholeStep(row), leasedMs: row.leasedMs ?? 0 },
        ]),
      )
      return refs.map((ref) => found.get(`${ref.requestId} ${ref.target} ${ref.generation}`) ?? null)
    },
    { limit: 500, lingering: { crowd: 16, ms: 2 } },
  )
}
