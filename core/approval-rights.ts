/**
 * Who may answer an approval, and why somebody may not: one pure function that the ledger asks before it writes, and the API before it offers
 * the buttons. Whoever answers in the stead of another needs that other's right, and neither of them may be among those who must not.
 */
import type { ApprovalState } from './ledger/read-approvals.ts'
import type { ApproverRole } from './plan.ts'

/**
 * closed: it was decided, or the request ended; waiting: the stage before is not given yet; expired: the time is over; requester: they asked for
 * it, or had it done again; author: they wrote or published the rules; subject: it is about them; answered: they, or a delegate of theirs,
 * answered; not_asked: it is for others.
 */
export const whyNots = ['closed', 'waiting', 'expired', 'requester', 'author', 'subject', 'answered', 'not_asked'] as const
export type WhyNot = (typeof whyNots)[number]

export interface Approver {
  /** `person:<name>`. */
  readonly actor: string
  readonly email: string | null
  readonly role: string
}

export interface Question {
  readonly state: ApprovalState
  readonly requester: string
  readonly authors: readonly string[]
  readonly subjects: readonly string[]
  readonly roles: readonly ApproverRole[]
  /** `person:<name>`, names or e-mail addresses. */
  readonly people: readonly string[]
  readonly decisions: readonly { readonly person: string; readonly onBehalfOf: string | null }[]
}

/** `onBehalfOf`: in whose stead; null in their own right. */
export type Standing = { readonly onBehalfOf: string | null } | { readonly whyNot: WhyNot }

/** @param delegators those who gave this decision, or all of theirs, into the person's hands */
export function standingOf(question: Question, person: Approver, delegators: readonly Approver[]): Standing {
  const closed = whyClosed(question.state)
  if (closed !== null) return { whyNot: closed }
  const barred = whyBarred(question, person.actor)
  if (barred !== null) return { whyNot: barred }
  const hasAnswered = (actor: string) =>
    question.decisions.some(({ person: answered, onBehalfOf }) => answered === actor || onBehalfOf === actor)
  if (hasAnswered(person.actor)) return { whyNot: 'answered' }
  if (isAsked(question, person)) return { onBehalfOf: null }
  const free = delegators.filter((other) => isAsked(question, other) && whyBarred(question, other.actor) === null)
  const left = free.find(({ actor }) => !hasAnswered(actor))
  if (left !== undefined) return { onBehalfOf: left.actor }
  return { whyNot: free.length > 0 ? 'answered' : 'not_asked' }
}

function whyClosed(state: ApprovalState): WhyNot | null {
  switch (state) {
    case 'open':
      return null
    case 'waiting':
    case 'expired':
      return state
    case 'approved':
    case 'refused':
    case 'closed':
      return 'closed'
  }
}

function whyBarred({ requester, authors, subjects }: Question, actor: string): WhyNot | null {
  if (requester === actor) return 'requester'
  if (authors.includes(actor)) return 'author'
  return subjects.includes(actor) ? 'subject' : null
}

function isAsked({ roles, people }: Question, person: Approver): boolean {
  return person.role === 'admin' || (roles as readonly string[]).includes(person.role) || isNamed(people, person)
}

function isNamed(people: readonly string[], { actor, email }: Approver): boolean {
  const own = [actor, actor.replace(/^person:/, ''), ...(email === null ? [] : [email])].map(fold)
  return people.some((name) => own.includes(fold(name)))
}

const fold = (name: string) => name.normalize('NFKC').toLowerCase()
