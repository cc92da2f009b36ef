/** Approvals as people and programs see them: what is asked, about which request, and who answered. */
import type { Sql } from '../database.ts'
import type { ApprovalNeed, RequestKind } from '../plan.ts'

/** waiting: a stage whose turn has not come; closed: it counts no more, because the request ended without its answer or its targets changed. */
export const approvalStates = ['waiting', 'open', 'approved', 'refused', 'expired', 'closed'] as const
export type ApprovalState = (typeof approvalStates)[number]

export interface ApprovalRecord {
  readonly id: string
  readonly seq: number
  readonly requestId: string
  readonly kind: RequestKind
  readonly source: string
  readonly externalId: string
  readonly displayName: string | null
  readonly name: string
  readonly role: ApprovalNeed['role']
  readonly quorum: number
  readonly round: number
  readonly planHash: string
  readonly requester: string
  readonly state: ApprovalState
  readonly askedAt: Date
  readonly expiresAt: Date
  readonly decidedAt: Date | null
  readonly decisions: readonly {
    readonly person: string
    readonly decision: 'approve' | 'refuse'
    readonly reason: string
    readonly at: string
  }[]
}

export interface ApprovalFilter {
  readonly id?: string
  readonly states?: readonly ApprovalState[]
  readonly requestId?: string
  /** Only those that were asked before this sequence number. */
  readonly before?: number
  readonly limit: number
}

/** The newest first. One whose time has run out is told as expired, whether or not anybody wrote so yet. */
export function readApprovals(sql: Sql, { id, states, requestId, before, limit }: ApprovalFilter): Promise<ApprovalRecord[]> {
  return sql<ApprovalRecord[]>`
    select approval.id, approval.seq, request_id as "requestId", kind, source, external_id as "externalId", display_name as "displayName", name, role, quorum, round,
      approval.plan_hash as "planHash", requester, told.state, asked_at as "askedAt", expires_at as "expiresAt", decided_at as "decidedAt",
      coalesce((select jsonb_agg(jsonb_build_object('person', person, 'decision', decision, 'reason', reason,
          'at', to_char(decision.decided_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')) order by decision.decided_at)
        from approval_decision decision where approval_id = approval.id), '[]') as decisions
    from approval join request on request.id = request_id,
      lateral (select case when approval.state = 'open' and expires_at <= clock_timestamp() then 'expired' else approval.state end as state) told
    where (${id ?? null}::uuid is null or approval.id = ${id ?? null}::uuid)
      and (${requestId ?? null}::uuid is null or request_id = ${requestId ?? null}::uuid)
      and (${before ?? null}::bigint is null or approval.seq < ${before ?? null}::bigint)
      and (${states === undefined ? null : [...states]}::text[] is null or told.state = any(${states === undefined ? null : [...states]}::text[]))
    order by approval.seq desc limit ${limit}`
}
