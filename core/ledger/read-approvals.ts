/** Approvals as people and programs see them: what is asked, about which request, and who answered. */
import type { Account } from '../account.ts'
import type { PlannedWrites } from '../approval-image.ts'
import type { Question } from '../approval-rights.ts'
import { asRows, type Sql } from '../database.ts'
import type { ApproverRole, RequestKind, StepPlan } from '../plan.ts'
import type { ApproverRecord } from './approval-people.ts'
import type { SafetyReason } from '../safety.ts'
import { wholePlan, type KeptPlan } from './kept-step.ts'

/** waiting: a stage whose turn has not come; closed: the request ended without its answer. */
export const approvalStates = ['waiting', 'open', 'approved', 'refused', 'expired', 'closed'] as const
export type ApprovalState = (typeof approvalStates)[number]

export interface ApprovalRecord extends Question {
  readonly id: string
  readonly seq: number
  readonly requestId: string
  readonly kind: RequestKind
  readonly source: string
  readonly externalId: string
  readonly displayName: string | null
  readonly name: string
  /** Set when a safety threshold asks: which, and the numbers as they were then. */
  readonly reason: SafetyReason | null
  readonly role: ApproverRole
  readonly quorum: number
  readonly stage: number
  readonly stages: number
  readonly round: number
  readonly planHash: string
  readonly askedAt: Date
  readonly expiresAt: Date
  readonly escalatesAt: Date | null
  readonly escalatedAt: Date | null
  readonly decidedAt: Date | null
  readonly decisions: readonly {
    readonly person: string
    readonly onBehalfOf: string | null
    readonly decision: 'approve' | 'refuse'
    readonly reason: string
    readonly at: string
  }[]
}

export interface ApprovalFilter {
  readonly id?: string
  readonly states?: readonly ApprovalState[]
  readonly requestId?: string
  /** Only those that this person may answer now, in their own right or in somebody's stead; null: somebody who answers nothing. */
  readonly answerableBy?: ApproverRecord | null
  /** Only those that were asked before this sequence number. */
  readonly before?: number
  readonly limit: number
}

/** The newest first. One whose time has run out is told as expired, whether or not anybody wrote so yet. */
export function readApprovals(
  sql: Sql,
  { id, states, requestId, answerableBy, before, limit }: ApprovalFilter,
): Promise<ApprovalRecord[]> {
  return sql<ApprovalRecord[]>`
    select approval.id, approval.seq, request_id as "requestId", kind, source, external_id as "externalId", display_name as "displayName", name, reason, role,
      told.roles, people, authors, subjects, quorum, stage, stages, round, approval.plan_hash as "planHash", requester, told.state, asked_at as "askedAt",
      expires_at as "expiresAt", escalate_at as "escalatesAt", escalated_at as "escalatedAt", decided_at as "decidedAt",
      coalesce((select jsonb_agg(jsonb_build_object('person', person, 'onBehalfOf', on_behalf_of, 'decision', decision, 'reason', reason,
          'at', to_char(decision.decided_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')) order by decision.decided_at)
        from approval_decision decision where approval_id = approval.id), '[]') as decisions
    from approval join request on request.id = request_id,
      lateral (select case when approval.state = 'open' and expires_at <= clock_timestamp() then 'expired' else approval.state end as state,
        array(select distinct unnest(approval.roles || approval.role) order by 1) as roles) told
    where (${id ?? null}::uuid is null or approval.id = ${id ?? null}::uuid)
      and (${requestId ?? null}::uuid is null or request_id = ${requestId ?? null}::uuid)
      and (${before ?? null}::bigint is null or approval.seq < ${before ?? null}::bigint)
      and (${states === undefined ? null : [...states]}::text[] is null or told.state = any(${states === undefined ? null : [...states]}::text[]))
      ${answerableBy === undefined ? sql`` : isAnswerableBy(sql, answerableBy)}
    order by approval.seq desc limit ${limit}`
}

/** `standingOf` in SQL, so that pages of what waits for one person are full. */
function isAnswerableBy(sql: Sql, person: ApproverRecord | null) {
  if (person === null) return sql`and false`
  const { approver, delegators } = person
  const hands = [{ ...approver, approvalId: null }, ...delegators].map(({ actor, role, approvalId }) => ({
    actor,
    role,
    approval_id: approvalId,
    own: actor === approver.actor,
  }))
  return sql`
    and told.state = 'open' and not ${approver.actor} = any(approval.requester || authors || subjects)
    and not exists (select from approval_decision said where said.approval_id = approval.id and (said.person = ${approver.actor} or on_behalf_of = ${approver.actor}))
    and exists (
      select from jsonb_to_recordset(${asRows(sql, hands)}) as hand (actor text, role text, approval_id uuid, own boolean)
      where (hand.approval_id is null or hand.approval_id = approval.id)
        and (hand.role = 'admin' or hand.role = any(told.roles) or hand.actor = any(people))
        and (hand.own or not hand.actor = any(approval.requester || authors || subjects))
        and not exists (select from approval_decision said where said.approval_id = approval.id and (said.person = hand.actor or on_behalf_of = hand.actor)))`
}

/** What became of approvals like this one before: of its name, for the same rule set, kind and targets. */
export async function countSimilar(
  sql: Sql,
  approvalId: string,
): Promise<Readonly<Record<'approved' | 'refused' | 'expired', number>>> {
  const [row] = await sql<{ approved: number; refused: number; expired: number }[]>`
    select count(*) filter (where other.state = 'approved')::int as approved, count(*) filter (where other.state = 'refused')::int as refused,
      count(*) filter (where other.state = 'expired')::int as expired
    from approval own join request about on about.id = own.request_id
    join lateral (
      select other.state, other.request_id from approval other where other.name = own.name and other.stage = own.stage and other.id <> own.id
        and other.state in ('approved', 'refused', 'expired') order by other.seq desc limit ${mostSimilar}) other on true
    join request past on past.id = other.request_id and past.rule_set = about.rule_set and past.kind = about.kind
    where own.id = ${approvalId}
      and array(select target from step where request_id = past.id order by 1) = array(select target from step where request_id = about.id order by 1)`
  return row ?? { approved: 0, refused: 0, expired: 0 }
}

/** How far back one looks. */
const mostSimilar = 500

/** What is known of the account of one step. */
export interface PlannedStepRow {
  readonly target: string
  readonly plan: StepPlan
  readonly readAt: Date | null
  readonly label: string | null
  readonly planned: PlannedWrites | null
  /** As the gateway left the account the last time, when it was not read. */
  readonly left: Account | null
}

/** The steps of an approval's request, with the accounts as they were seen in its round. */
export async function readPlannedSteps(sql: Sql, approvalId: string): Promise<readonly PlannedStepRow[]> {
  const rows = await sql<(Omit<PlannedStepRow, 'plan'> & { readonly plan: KeptPlan })[]>`
    select step.target, step.plan, read_at as "readAt", image.label, planned, (
        select past.after from request before join step past on past.request_id = before.id and past.target = step.target
        where before.identity_id = request.identity_id and before.seq < request.seq and past.state = 'applied'
        order by before.seq desc limit 1) as "left"
    from approval join request on request.id = approval.request_id join step on step.request_id = request.id
    left join approval_image image on image.request_id = request.id and image.round = approval.round and image.target = step.target
    where approval.id = ${approvalId} order by step.target`
  return rows.map((row) => ({ ...row, plan: wholePlan(row.plan) }))
}
