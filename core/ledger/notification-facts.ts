/** What a notification tells of, read when it is delivered: the row itself holds ids only. */
import type { Sql } from '../database.ts'
import type { Operation, RequestKind } from '../plan.ts'
import type { Problem, RequestState } from '../states.ts'
import { warningDays } from '../target-surveys.ts'
import type { DueNotification } from './notification.ts'

/** What a mail to somebody who may decide says. Names and closed words; no value of an account. */
export interface MailFacts {
  readonly to: string
  readonly locale: 'fr' | 'en'
  readonly request: {
    readonly kind: RequestKind
    readonly who: string
    readonly source: string
    readonly steps: readonly { readonly target: string; readonly operation: Operation }[]
  }
  readonly approval: {
    readonly name: string
    readonly stage: number
    readonly stages: number
    readonly requester: string
    readonly expiresAt: Date
  }
  /** Who gave the decision out of hand, and why. */
  readonly delegation: { readonly from: string; readonly reason: string } | null
}

interface MailRow {
  readonly to: string
  readonly locale: 'fr' | 'en' | null
  readonly kind: RequestKind
  readonly who: string
  readonly source: string
  readonly steps: MailFacts['request']['steps'] | null
  readonly name: string
  readonly stage: number
  readonly stages: number
  readonly requester: string
  readonly expiresAt: Date
  readonly from: string | null
  readonly reason: string | null
}

/** Null when nobody has to be told any more: it was decided, the person answered, left, or has no address. */
export async function readMailFacts(
  sql: Sql,
  { approvalId, recipient }: Pick<DueNotification, 'approvalId' | 'recipient'>,
): Promise<MailFacts | null> {
  const [row] = await sql<MailRow[]>`
    select email as "to", locale, kind, coalesce(display_name, external_id) as who, source, name, stage, stages, requester, expires_at as "expiresAt",
      (select jsonb_agg(jsonb_build_object('target', target, 'operation', plan ->> 'operation') order by target) from step where step.request_id = request.id) as steps,
      given.from_person as "from", given.reason
    from approval join request on request.id = approval.request_id
    join (select 'person:' || person.name as actor, email, locale from person) who on who.actor = ${recipient}
    left join lateral (
      select from_person, delegation.reason from delegation where to_person = ${recipient} and approval_id = approval.id and revoked_at is null
      order by seq desc limit 1) given on true
    where approval.id = ${approvalId} and approval.state = 'open' and expires_at > clock_timestamp() and email is not null
      and not exists (select from approval_decision where approval_id = approval.id and (person = ${recipient} or on_behalf_of = ${recipient}))`
  if (row === undefined) return null
  const { to, locale, kind, who, source, steps, from, reason, ...approval } = row
  return {
    to,
    // French is the language of those who did not choose one.
    locale: locale ?? 'fr',
    request: { kind, who, source, steps: steps ?? [] },
    approval,
    delegation: from === null || reason === null ? null : { from, reason },
  }
}

/** What a mail about a password that nobody knows says. */
export interface ResetFacts {
  readonly to: string
  readonly locale: 'fr' | 'en'
  readonly request: Pick<MailFacts['request'], 'kind' | 'who' | 'source'>
  /** Where such a password is in force. */
  readonly targets: readonly string[]
}

interface ResetRow extends Omit<ResetFacts, 'locale' | 'request'> {
  readonly locale: ResetFacts['locale'] | null
  readonly kind: RequestKind
  readonly who: string
  readonly source: string
}

/** Null when nobody has to be told any more: the request is being done again, or the person left or has no address. */
export async function readResetFacts(
  sql: Sql,
  { requestId, recipient }: Pick<DueNotification, 'requestId' | 'recipient'>,
): Promise<ResetFacts | null> {
  const [row] = await sql<ResetRow[]>`
    select email as "to", locale, kind, coalesce(display_name, external_id) as who, source,
      array(select target from step where request_id = request.id and error ->> 'code' = 'password_reset' order by target) as targets
    from request join person on 'person:' || person.name = ${recipient}
    where request.id = ${requestId} and email is not null`
  if (row === undefined || row.targets.length === 0) return null
  const { to, locale, targets, ...request } = row
  return { to, locale: locale ?? 'fr', request, targets }
}

/** What a mail about the end of what the gateway logs in with says. */
export interface SecretEndFacts {
  readonly to: string
  readonly locale: 'fr' | 'en'
  readonly target: string
  readonly endsAt: Date
}

/** Null when nobody has to be told any more: it was renewed or the target is gone, or the person left or has no address. */
export async function readSecretEndFacts(
  sql: Sql,
  { target, recipient }: Pick<DueNotification, 'target' | 'recipient'>,
): Promise<SecretEndFacts | null> {
  const [row] = await sql<(Omit<SecretEndFacts, 'locale'> & { readonly locale: SecretEndFacts['locale'] | null })[]>`
    select email as "to", locale, survey.target, secret_ends_at as "endsAt"
    from target_survey survey join target on target.name = survey.target and target.revision = survey.revision
    join person on 'person:' || person.name = ${recipient}
    where survey.target = ${target} and email is not null and secret_ends_at < clock_timestamp() + make_interval(days => ${warningDays})`
  return row === undefined ? null : { ...row, locale: row.locale ?? 'fr' }
}

export interface WebhookFacts {
  readonly url: string
  /** sealed.id */
  readonly secret: string
  readonly allow: readonly string[]
  /** What became of it when the notification was written. */
  readonly request: {
    readonly id: string
    readonly source: string
    readonly externalId: string
    readonly kind: RequestKind
    readonly state: RequestState
    readonly generation: number
    readonly receivedAt: string
    readonly settledAt: string
    /** Null when it went well, or is under way again. */
    readonly problem: Problem | null
    /** Targets in which the undo set a password that nobody knows. */
    readonly passwordsReset: readonly string[]
  }
}

type WebhookRow = Omit<WebhookFacts, 'request'> &
  Omit<WebhookFacts['request'], 'receivedAt' | 'settledAt'> & { readonly receivedAt: Date; readonly settledAt: Date }

/** Null when the source no longer wants to be called. */
export async function readWebhookFacts(sql: Sql, { id }: Pick<DueNotification, 'id'>): Promise<WebhookFacts | null> {
  const [row] = await sql<WebhookRow[]>`
    select hook.url, hook.secret as "secret", hook.allow, request.id, request.source, external_id as "externalId", request.kind, told as state, notification.generation,
      received_at as "receivedAt", notification.created_at as "settledAt",
      case when told = request.state and notification.generation = request.generation and told <> 'succeeded' then request.problem end as problem,
      array(select target from step where step.request_id = request.id and error ->> 'code' = 'password_reset' order by target) as "passwordsReset"
    from notification join request on request.id = notification.request_id
    join source_webhook hook on 'source:' || hook.source = notification.recipient
    where notification.id = ${id}`
  if (row === undefined) return null
  const { url, secret, allow, receivedAt, settledAt, ...request } = row
  return {
    url,
    secret,
    allow,
    request: { ...request, receivedAt: receivedAt.toISOString(), settledAt: settledAt.toISOString() },
  }
}
