/**
 * What targets last said of themselves, kept so that looking costs them nothing: which of the declared capabilities hold there, and when what the
 * gateway logs in with ends. What was said under another configuration does not count.
 */
import { asRows, type Sql } from './database.ts'

/** Told to servers when a target was asked: plans go by what it said. */
export const surveysChannel = 'passerelle_surveys'

export interface KeptSurvey {
  readonly target: string
  /** As the connectors wrote it. */
  readonly survey: unknown
  readonly surveyedAt: Date
  readonly secretEndsAt: Date | null
}

/** Of all targets, or of one. */
export function readSurveys(sql: Sql, target: string | null = null): Promise<readonly KeptSurvey[]> {
  return sql<KeptSurvey[]>`
    select survey.target, survey.survey, survey.surveyed_at as "surveyedAt", survey.secret_ends_at as "secretEndsAt"
    from target_survey survey join target on target.name = survey.target and target.revision = survey.revision
    where survey.survey is not null and (${target}::text is null or survey.target = ${target}::text)`
}

export interface NewSurvey {
  readonly target: string
  /** The configuration under which it was asked. */
  readonly revision: number
  /** Null: its kind of system has nothing to say. */
  readonly survey: { readonly secretEndsAt: string | null } | null
}

/** Hours until a worker asks again by itself: what was said holds for a day, and who was asked in vain is left alone for a while. */
const [anewHours, againHours] = [24, 1]

/** Does nothing for a target that is no longer configured, or that was asked under a newer configuration meanwhile. */
export async function keepSurvey(sql: Sql, { target, revision, survey }: NewSurvey): Promise<void> {
  const row = { target, revision, survey, secret_ends_at: survey?.secretEndsAt ?? null }
  await sql`
    with kept as (
    insert into target_survey (target, revision, survey, secret_ends_at, surveyed_at, next_at)
    select row.target, row.revision, row.survey, row.secret_ends_at, clock_timestamp(), clock_timestamp() + make_interval(hours => ${anewHours})
    from jsonb_to_recordset(${asRows(sql, [row])}) as row (target text, revision int, survey jsonb, secret_ends_at timestamptz)
    join target on target.name = row.target
    on conflict (target) do update set revision = excluded.revision, survey = excluded.survey, surveyed_at = excluded.surveyed_at,
      next_at = excluded.next_at, secret_ends_at = excluded.secret_ends_at,
      warned_at = case when target_survey.secret_ends_at = excluded.secret_ends_at then target_survey.warned_at end
    where target_survey.revision <= excluded.revision
    returning target)
    select pg_notify(${surveysChannel}, target) from kept`
}

/** The next of these targets that is to be asked; whoever takes it asks it, and nobody else for an hour. Null when none is. */
export async function takeDueSurvey(sql: Sql, targets: readonly string[]): Promise<string | null> {
  const [taken] = await sql<{ target: string }[]>`
    insert into target_survey (target, revision, next_at)
    select name, revision, clock_timestamp() + make_interval(hours => ${againHours}) from target
    where name = any(${[...targets]}::text[]) and not exists (
      select from target_survey known where known.target = name and known.revision = target.revision and known.next_at > clock_timestamp())
    order by name limit 1
    on conflict (target) do update set revision = excluded.revision, next_at = excluded.next_at,
      survey = case when target_survey.revision = excluded.revision then target_survey.survey end,
      secret_ends_at = case when target_survey.revision = excluded.revision then target_survey.secret_ends_at end
    where target_survey.revision <> excluded.revision or target_survey.next_at <= clock_timestamp()
    returning target`
  return taken?.target ?? null
}

/** Days before the end of a secret from which on people are told: once a week, and each day of the last three. */
export const warningDays = 14

export interface EndingSecret {
  readonly target: string
  readonly endsAt: Date
}

/** Mails administrators about the secrets of these targets that end soon or did, and answers which; each once for a while, whoever looks. */
export function warnOfEndingSecrets(sql: Sql, targets: readonly string[]): Promise<readonly EndingSecret[]> {
  return sql<EndingSecret[]>`
    with ending as (
      update target_survey survey set warned_at = clock_timestamp() from target
      where target.name = survey.target and target.revision = survey.revision and survey.target = any(${[...targets]}::text[])
        and secret_ends_at < clock_timestamp() + make_interval(days => ${warningDays})
        and (warned_at is null or warned_at < clock_timestamp() - interval '7 days'
          or secret_ends_at < clock_timestamp() + interval '3 days' and warned_at < clock_timestamp() - interval '1 day')
      returning survey.target, secret_ends_at),
    told as (
      insert into notification (channel, kind, recipient, target)
      select 'mail', 'secret_ends', 'person:' || person.name, ending.target from ending, person
      where person.role = 'admin' and person.email is not null)
    select target, secret_ends_at as "endsAt" from ending`
}
