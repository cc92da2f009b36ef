/**
 * What people and sources are told. A row is written in the transaction of what it tells of, so that nothing is told that did not happen and
 * nothing that happened stays untold; workers deliver it, at least once, by its id.
 */
import type { Sql, Tx } from '../database.ts'
import type { Problem, RequestState } from '../states.ts'
import type { Statement } from './writer.ts'

export const notificationKinds = [
  'approval_asked',
  'approval_reminder',
  'approval_escalated',
  'approval_delegated',
  'request_settled',
  'password_reset',
  'secret_ends',
] as const
export type NotificationKind = (typeof notificationKinds)[number]

/** dead: given up; people can have it tried again. */
export const notificationStates = ['waiting', 'sent', 'dead'] as const
export type NotificationState = (typeof notificationStates)[number]

/** Tells the workers that there is something to deliver. */
export const notificationsChannel = 'passerelle_notifications'

/**
 * Mails everybody who may answer these questions, has an address, and did not answer: those named, those with one of the roles, and those who
 * stand in for somebody named. Administrators who are asked in no other way are spared. Nobody is told twice.
 */
export async function tellApprovers(
  tx: Tx,
  approvalIds: readonly string[],
  kind: Extract<NotificationKind, 'approval_asked' | 'approval_reminder' | 'approval_escalated'>,
): Promise<void> {
  if (approvalIds.length === 0) return
  await tx`
    insert into notification (channel, kind, recipient, request_id, approval_id)
    select distinct 'mail', ${kind}, who.actor, asked.request_id, asked.id
    from approval asked, person, lateral (select 'person:' || person.name as actor) who
    where asked.id = any(${[...approvalIds]}::uuid[]) and person.email is not null
      and (person.role = any(asked.roles || asked.role) and not (asked.role = 'admin' and person.role = 'admin' and cardinality(asked.people) > 0)
        or who.actor = any(asked.people)
        or exists (select from delegation where to_person = who.actor and from_person = any(asked.people) and revoked_at is null
          and (approval_id is null or approval_id = asked.id) and starts_at <= clock_timestamp() and (ends_at is null or ends_at > clock_timestamp())))
      and who.actor <> asked.requester and not who.actor = any(asked.authors || asked.subjects)
      and not exists (select from approval_decision where approval_id = asked.id and (person = who.actor or on_behalf_of = who.actor))
      and (${kind} <> 'approval_escalated' or not exists (
        select from notification earlier where earlier.approval_id = asked.id and earlier.recipient = who.actor and earlier.kind = 'approval_asked'))
    on conflict (approval_id, kind, recipient) where approval_id is not null do nothing`
}

/** Mails one person about one question. */
export async function tellPerson(tx: Tx, approvalId: string, kind: 'approval_delegated', actor: string): Promise<void> {
  await tx`
    insert into notification (channel, kind, recipient, request_id, approval_id)
    select 'mail', ${kind}, ${actor}, request_id, id from approval
    where id = ${approvalId} and exists (select from person where 'person:' || name = ${actor} and email is not null)
    on conflict (approval_id, kind, recipient) where approval_id is not null do nothing`
}

/**
 * Mails those who must act when an undo set a password that nobody knows: administrators and operators, and whom the request is about where that
 * is a person of ours. Several such passwords of one request are one mail, as long as nobody has sent it.
 */
export async function tellOfResets(tx: Tx, requestIds: readonly string[]): Promise<void> {
  if (requestIds.length === 0) return
  await tx`
    insert into notification (channel, kind, recipient, request_id)
    select 'mail', 'password_reset', 'person:' || person.name, request.id
    from request, person
    where request.id = any(${[...new Set(requestIds)]}::uuid[]) and person.email is not null
      and (person.role in ('admin', 'operator') or exists (
        select from jsonb_array_elements_text(coalesce(computed -> 'login', '[]') || coalesce(desired #> '{attributes,login}', '[]')) as login
        where lower(login) in (lower(person.name), lower(person.email))))
      and not exists (
        select from notification earlier where earlier.request_id = request.id and earlier.kind = 'password_reset'
          and earlier.recipient = 'person:' || person.name and earlier.state = 'waiting' and earlier.attempts = 0)`
}

/** A notification that this process delivers now. */
export interface DueNotification {
  readonly id: string
  readonly channel: 'mail' | 'webhook'
  readonly kind: NotificationKind
  readonly recipient: string
  /** Null when it is about a target. */
  readonly requestId: string | null
  /** Of a secret_ends: whose secret. */
  readonly target: string | null
  readonly approvalId: string | null
  /** Of a request_settled: what it came to, in which generation. */
  readonly told: RequestState | null
  readonly generation: number | null
  /** This attempt counted. */
  readonly attempts: number
}

/** Takes what is due, for so many seconds: whoever dies with it leaves it to others then. */
export function takeNotifications(sql: Sql, limit: number, seconds: number): Promise<readonly DueNotification[]> {
  return sql<DueNotification[]>`
    update notification set attempts = attempts + 1, next_at = clock_timestamp() + make_interval(secs => ${seconds})
    where id in (
      select id from notification where state = 'waiting' and next_at <= clock_timestamp() order by next_at limit ${limit} for update skip locked)
    returning id, channel, kind, recipient, request_id as "requestId", target, approval_id as "approvalId", told, generation, attempts`
}

export type Delivery =
  | { readonly state: 'sent' }
  | { readonly state: 'waiting'; readonly againInSeconds: number; readonly error: Problem }
  | { readonly state: 'dead'; readonly error: Problem }

/** What an attempt came to. What somebody settled meanwhile stays as it is. */
export async function settleNotification(sql: Sql, { id, attempts }: DueNotification, delivery: Delivery): Promise<void> {
  const error = delivery.state === 'sent' ? null : delivery.error
  const seconds = delivery.state === 'waiting' ? delivery.againInSeconds : 0
  await sql`
    update notification set state = ${delivery.state}, error = nullif(${sql.json(error as never)}::jsonb, 'null'),
      next_at = clock_timestamp() + make_interval(secs => ${seconds}), sent_at = case when ${delivery.state} = 'sent' then clock_timestamp() end
    where id = ${id} and attempts = ${attempts} and state = 'waiting'`
}

/** Nobody has to be told any more. */
export async function dropNotification(sql: Sql, { id, attempts }: DueNotification): Promise<void> {
  await sql`delete from notification where id = ${id} and attempts = ${attempts} and state = 'waiting'`
}

/** What was delivered is forgotten after a month. */
export async function forgetDelivered(sql: Sql): Promise<void> {
  await sql`delete from notification where state = 'sent' and sent_at < now() - interval '30 days'`
}

export interface RetryNotification {
  readonly id: string
  readonly actor: string
  readonly reason: string
}

/** A person has what was given up tried again, from the first attempt on. false: it was not given up. */
export const retryNotification: Statement<RetryNotification, boolean> = async (tx, inputs, record) => {
  const results: boolean[] = []
  for (const { id, actor, reason } of inputs) {
    const [row] = await tx<{ request_id: string | null; target: string | null; channel: string }[]>`
      update notification set state = 'waiting', attempts = 0, next_at = clock_timestamp(), error = null
      where id = ${id} and state = 'dead' returning request_id, target, channel`
    results.push(row !== undefined)
    if (row === undefined) continue
    await tx`select pg_notify(${notificationsChannel}, '')`
    record.audit({
      ...{ action: 'notification_retried', actor, detail: { channel: row.channel, reason } },
      ...(row.request_id === null ? {} : { requestId: row.request_id }),
      ...(row.target === null ? {} : { target: row.target }),
    })
  }
  return results
}

export interface NotificationRecord extends Omit<DueNotification, 'told' | 'generation'> {
  readonly seq: number
  readonly state: NotificationState
  readonly nextAt: Date
  readonly createdAt: Date
  readonly sentAt: Date | null
  readonly error: Problem | null
}

export interface NotificationFilter {
  readonly id?: string
  readonly states?: readonly NotificationState[]
  readonly channel?: 'mail' | 'webhook'
  readonly requestId?: string
  readonly before?: number
  readonly limit: number
}

/** The newest first. */
export function readNotifications(
  sql: Sql,
  { id, states, channel, requestId, before, limit }: NotificationFilter,
): Promise<readonly NotificationRecord[]> {
  const wanted = states === undefined ? null : [...states]
  return sql<NotificationRecord[]>`
    select id, seq, channel, kind, recipient, request_id as "requestId", target, approval_id as "approvalId", state, attempts,
      next_at as "nextAt", created_at as "createdAt", sent_at as "sentAt", error
    from notification
    where (${id ?? null}::uuid is null or id = ${id ?? null}::uuid)
      and (${wanted}::text[] is null or state = any(${wanted}::text[]))
      and (${channel ?? null}::text is null or channel = ${channel ?? null}::text)
      and (${requestId ?? null}::uuid is null or request_id = ${requestId ?? null}::uuid)
      and (${before ?? null}::bigint is null or seq < ${before ?? null}::bigint)
    order by seq desc limit ${limit}`
}
