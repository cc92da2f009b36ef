/** The people around an approval: who is asked, who must not answer, and who stands in for whom. */
import type { Approver } from '../approval-rights.ts'
import type { Sql, Tx } from '../database.ts'
import { barredPeople, type ApprovalNeed } from '../plan.ts'

/** People by the names and e-mail addresses that rules give them: `person:<name>` by what was given. Whom nobody knows is absent. */
export async function findPeople(tx: Tx, given: readonly string[]): Promise<ReadonlyMap<string, string>> {
  if (given.length === 0) return new Map()
  const rows = await tx<{ given: string; actor: string }[]>`
    select given, 'person:' || person.name as actor from unnest(${[...new Set(given)]}::text[]) as given
    join person on lower(person.name) = lower(given) or lower(person.email) = lower(given)`
  return new Map(rows.map((row) => [row.given, row.actor]))
}

/** Of one request: who had a hand in its rules, and by which names it says whom it is about where its rules do not. */
export interface Barred {
  readonly authors: readonly string[]
  readonly logins: readonly string[]
}

interface BarredRow {
  readonly id: string
  readonly authors: readonly string[]
  readonly logins: readonly unknown[]
}

/** A version of rules says who wrote and who published it; one that came from a file was nobody's. */
export async function readBarred(tx: Tx, requestIds: readonly string[]): Promise<ReadonlyMap<string, Barred>> {
  const rows = await tx<BarredRow[]>`
    select request.id,
      coalesce((select array_remove(authors || published_by, null) from rule_version rules where rules.name = request.rule_set and rules.version = request.rule_version), '{}') as authors,
      coalesce(computed -> 'login', '[]') || coalesce(desired #> '{attributes,login}', '[]') as logins
    from request where id = any(${[...requestIds]}::uuid[])`
  return new Map(rows.map(({ id, authors, logins }) => [id, { authors, logins: toTexts(logins) }]))
}

const toTexts = (values: readonly unknown[]) => [...new Set(values.filter((value) => typeof value === 'string'))]

/** Who must not answer one question, besides whoever asked. */
export function toBarred(
  { fourEyes = barredPeople, subject }: ApprovalNeed,
  barred: Barred | undefined,
  people: ReadonlyMap<string, string>,
): { readonly authors: readonly string[]; readonly subjects: readonly string[] } {
  const about = subject ?? barred?.logins ?? []
  return {
    authors: fourEyes.includes('author') ? (barred?.authors ?? []) : [],
    subjects: fourEyes.includes('subject') ? about.flatMap((name) => people.get(name) ?? []) : [],
  }
}

/** Somebody who answers, with those in whose stead they may. */
export interface ApproverRecord {
  readonly approver: Approver
  readonly delegators: readonly (Approver & { /** null: all of their decisions. */ readonly approvalId: string | null })[]
}

/** Null when there is no such person (any more). */
export async function readApprover(sql: Sql | Tx, actor: string): Promise<ApproverRecord | null> {
  const [approver] = await sql<Approver[]>`
    select 'person:' || name as actor, email, role from person where name = ${actor.replace(/^person:/, '')}`
  if (approver === undefined || !actor.startsWith('person:')) return null
  const delegators = await sql<ApproverRecord['delegators'][number][]>`
    select distinct from_person as actor, email, role, approval_id as "approvalId"
    from delegation join person on 'person:' || person.name = from_person
    where to_person = ${actor} and revoked_at is null and starts_at <= clock_timestamp() and (ends_at is null or ends_at > clock_timestamp())
    order by from_person`
  return { approver, delegators }
}

/** Those in whose stead they may answer this one. */
export function delegatorsFor({ delegators }: ApproverRecord, approvalId: string): readonly Approver[] {
  return delegators.filter((delegator) => delegator.approvalId === null || delegator.approvalId === approvalId)
}
