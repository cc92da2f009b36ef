/**
 * Delegation: a person gives one decision, or all of theirs for a time, into another's hands. It is on record, ends by itself or is taken back, and goes
 * no further: who decides for somebody does not hand that on.
 */
import { standingOf, type Question, type WhyNot } from '../approval-rights.ts'
import type { Sql, Tx } from '../database.ts'
import { uuidv7 } from '../uuid.ts'
import { readApprover } from './approval-people.ts'
import { tellPerson } from './notification.ts'
import type { Recorder, Statement } from './writer.ts'

export interface DelegationAsked {
  /** Both `person:<name>`. */
  readonly from: string
  readonly to: string
  readonly actor: string
  /** Null: all of them, until `endsAt`. */
  readonly approvalId: string | null
  readonly reason: string
  /** Null: from now on. */
  readonly startsAt: Date | null
  readonly endsAt: Date | null
}

export type DelegationResult =
  | { readonly outcome: 'delegated'; readonly id: string }
  /** There is no such person to decide instead. */
  | { readonly outcome: 'nobody' }
  | { readonly outcome: 'missing' }
  /** The period is over before it begins, or has passed. */
  | { readonly outcome: 'over' }
  /** Whoever gives it away has no right to it, or whoever gets it must not decide this one. */
  | { readonly outcome: 'barred'; readonly who: 'from' | 'to'; readonly whyNot: WhyNot }

export const delegate: Statement<DelegationAsked, DelegationResult> = async (tx, inputs, record) => {
  const results: DelegationResult[] = []
  for (const input of inputs) results.push(await delegateOne(tx, input, record))
  return results
}

async function delegateOne(tx: Tx, input: DelegationAsked, record: Recorder): Promise<DelegationResult> {
  const { from, to, actor, approvalId, reason, startsAt, endsAt } = input
  const [giver, taker] = [await readApprover(tx, from), await readApprover(tx, to)]
  if (giver === null || taker === null || from === to) return { outcome: 'nobody' }
  const question = approvalId === null ? null : await readQuestion(tx, approvalId)
  if (question === undefined) return { outcome: 'missing' }
  if (question !== null) {
    const own = standingOf(question, giver.approver, [])
    if ('whyNot' in own) return { outcome: 'barred', who: 'from', whyNot: own.whyNot }
    const theirs = standingOf(question, taker.approver, [giver.approver])
    if ('whyNot' in theirs) return { outcome: 'barred', who: 'to', whyNot: theirs.whyNot }
  }
  const id = uuidv7()
  const written = await tx<{ request_id: string | null }[]>`
    insert into delegation (id, from_person, to_person, approval_id, reason, starts_at, ends_at, created_by)
    select ${id}, ${from}, ${to}, ${approvalId}, ${reason}, begin.at, ${endsAt}, ${actor} from (select coalesce(${startsAt}, clock_timestamp()) as at) begin
    where coalesce(${endsAt}::timestamptz > greatest(begin.at, clock_timestamp()), true)
    returning (select request_id from approval where id = approval_id) as request_id`
  if (written.length === 0) return { outcome: 'over' }
  const requestId = written[0]?.request_id ?? null
  const until = { until: endsAt?.toISOString() ?? null }
  record.audit({ action: 'delegated', actor, ...(requestId !== null && { requestId }), detail: { from, to, reason, ...until } })
  if (approvalId !== null) await tellPerson(tx, approvalId, 'approval_delegated', to)
  if (requestId !== null) record.changed(requestId)
  return { outcome: 'delegated', id }
}

async function readQuestion(tx: Tx, approvalId: string): Promise<Question | undefined> {
  const [question] = await tx<Question[]>`
    select case when state = 'open' and expires_at <= clock_timestamp() then 'expired' else state end as state, requester, authors, subjects,
      roles || role as roles, people,
      coalesce((select jsonb_agg(jsonb_build_object('person', person, 'onBehalfOf', on_behalf_of)) from approval_decision where approval_id = approval.id), '[]') as decisions
    from approval where id = ${approvalId}`
  return question
}

export interface Revocation {
  readonly id: string
  readonly actor: string
  /** Whose it must be; null: anybody's, for an administrator. */
  readonly owner: string | null
}

/** false: there is none, it is another's, or it has ended. */
export const revoke: Statement<Revocation, boolean> = async (tx, inputs, record) => {
  const results: boolean[] = []
  for (const { id, actor, owner } of inputs) {
    const [row] = await tx<{ from_person: string; to_person: string }[]>`
      update delegation set revoked_at = clock_timestamp() where id = ${id} and revoked_at is null and (ends_at is null or ends_at > clock_timestamp())
        and (${owner}::text is null or from_person = ${owner}::text) returning from_person, to_person`
    results.push(row !== undefined)
    if (row === undefined) continue
    record.audit({ action: 'delegation_revoked', actor, detail: { from: row.from_person, to: row.to_person } })
  }
  return results
}

export interface DelegationRecord {
  readonly id: string
  readonly from: string
  readonly to: string
  readonly approvalId: string | null
  readonly reason: string
  readonly startsAt: Date
  readonly endsAt: Date | null
  readonly createdAt: Date
  readonly createdBy: string
  readonly revokedAt: Date | null
  readonly isActive: boolean
}

export interface DelegationFilter {
  /** Given by this person, or to them. */
  readonly person?: string
  readonly id?: string
  readonly approvalId?: string
}

/** The newest first. */
export function readDelegations(sql: Sql, { person, id, approvalId }: DelegationFilter): Promise<readonly DelegationRecord[]> {
  return sql<DelegationRecord[]>`
    select id, from_person as "from", to_person as "to", approval_id as "approvalId", reason, starts_at as "startsAt", ends_at as "endsAt",
      created_at as "createdAt", created_by as "createdBy", revoked_at as "revokedAt",
      revoked_at is null and starts_at <= clock_timestamp() and (ends_at is null or ends_at > clock_timestamp())
        and (approval_id is null or exists (select from approval where id = approval_id and state = 'open' and expires_at > clock_timestamp())) as "isActive"
    from delegation
    where (${person ?? null}::text is null or from_person = ${person ?? null}::text or to_person = ${person ?? null}::text)
      and (${id ?? null}::uuid is null or id = ${id ?? null}::uuid)
      and (${approvalId ?? null}::uuid is null or approval_id = ${approvalId ?? null}::uuid)
    order by seq desc limit 500`
}
