/**
 * What people agree to, and whether it still is what they agreed to. An approval is bound to everything that decides on what is done: the plan
 * as its steps stand in the ledger now, the text of its rules, whose secrets are used, and whom it is about.
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { canonicalJson } from '../canonical-json.ts'
import type { Tx } from '../database.ts'
import { planHash, type ApprovalNeed, type ApproverRole, type Plan } from '../plan.ts'
import type { Attributes } from '../values.ts'
import { wholePlan, type KeptPlan } from './kept-step.ts'
import type { ApprovalState } from './read-approvals.ts'

export interface Subject {
  readonly requestId: string
  /** The hash of the plan as it stands in the ledger. */
  readonly planHash: string
  /** SHA-256 in hex over all that is agreed to. */
  readonly hash: string
  readonly needs: readonly ApprovalNeed[]
  /** The plan's steps, or its hash, were edited: they do not fit together. */
  readonly isBroken: boolean
}

interface SubjectRow {
  readonly id: string
  readonly identity_id: string
  readonly kind: string
  readonly source: string
  readonly external_id: string
  readonly rule_set: string
  readonly rule_version: number
  readonly rule_text: string | null
  readonly computed: Attributes
  readonly desired: unknown
  readonly secrets: unknown
  readonly plan_hash: string
  readonly approvals: readonly ApprovalNeed[] | null
  readonly lookups: NonNullable<Plan['lookups']> | null
  readonly steps: readonly KeptPlan[] | null
}

/** Reads and hashes anew; what is not found is absent. */
export async function readSubjects(tx: Tx, requestIds: readonly string[]): Promise<ReadonlyMap<string, Subject>> {
  const rows = await tx<SubjectRow[]>`
    select request.id, identity_id, kind, source, external_id, rule_set, rule_version, computed, desired, secrets, plan_hash, approvals, lookups,
      (select encode(sha256(convert_to(text, 'UTF8')), 'hex') from rule_set rules where rules.name = request.rule_set and rules.version = rule_version) as rule_text,
      (select jsonb_agg(plan) from step where request_id = request.id) as steps
    from request where id = any(${[...requestIds]}::uuid[])`
  return new Map(rows.map((row) => [row.id, toSubject(row)]))
}

function toSubject({
  id,
  rule_set,
  rule_version,
  computed,
  approvals,
  lookups,
  steps,
  plan_hash,
  ...about
}: SubjectRow): Subject {
  const sorted = (steps ?? []).map(wholePlan).sort((left, right) => (left.target < right.target ? -1 : 1))
  const plan = {
    ruleSet: { name: rule_set, version: rule_version },
    identity: computed,
    steps: sorted,
    ...(lookups !== null && { lookups }),
    ...(approvals !== null && { approvals }),
  }
  const hash = planHash(plan)
  const subject = canonicalJson({ requestId: id, ...about, plan: hash })
  return {
    requestId: id,
    planHash: hash,
    hash: createHash('sha256').update(subject).digest('hex'),
    needs: approvals ?? [],
    isBroken: hash !== plan_hash,
  }
}

export interface ApprovalRow {
  readonly id: string
  readonly request_id: string
  readonly round: number
  readonly place: number
  readonly name: string
  readonly role: ApproverRole
  readonly quorum: number
  readonly stage: number
  readonly stages: number
  readonly plan_hash: string
  readonly subject: string
  readonly requester: string
  readonly authors: readonly string[]
  readonly subjects: readonly string[]
  readonly is_escalated: boolean
  readonly state: ApprovalState
  /** Milliseconds until nobody's answer counts any more; not positive when that moment has come. */
  readonly left_ms: number
  /** Microseconds since 1970. */
  readonly expires: number
  readonly decisions: readonly DecisionRow[]
}

interface DecisionRow {
  readonly person: string
  readonly onBehalfOf: string | null
  readonly decision: 'approve' | 'refuse'
  readonly mac: string
}

/** The approvals of the requests' last rounds, with the answers to them. */
export async function readLastRound(tx: Tx, requestIds: readonly string[]): Promise<readonly ApprovalRow[]> {
  return tx<ApprovalRow[]>`
    select id, request_id, round, place, name, role, quorum, stage, stages, plan_hash, subject, requester, authors, subjects, state,
      escalated_at is not null as is_escalated,
      extract(epoch from expires_at - clock_timestamp())::float * 1000 as left_ms, (extract(epoch from expires_at) * 1000000)::bigint as expires,
      coalesce((select jsonb_agg(jsonb_build_object('person', person, 'onBehalfOf', on_behalf_of, 'decision', decision, 'mac', encode(mac, 'hex')))
        from approval_decision where approval_id = approval.id), '[]') as decisions
    from approval where request_id = any(${[...requestIds]}::uuid[])
      and round = (select max(round) from approval last where last.request_id = approval.request_id)
    order by request_id, place`
}

/** Who says what, and in whose stead. */
export interface Said {
  readonly person: string
  readonly onBehalfOf: string | null
  readonly decision: 'approve' | 'refuse'
}

/** What a decision's MAC covers: who said what, to what, by when. */
export function sealDecision(key: Buffer, approval: ApprovalRow, { person, onBehalfOf, decision }: Said): Buffer {
  const { id, request_id, round, place, role, quorum, subject, requester, expires } = approval
  const text = canonicalJson({
    ...{ id, request_id, round, place, role, quorum, subject, requester, expires, person, decision },
    ...(onBehalfOf !== null && { on_behalf_of: onBehalfOf }),
  })
  return createHmac('sha256', key).update(text).digest()
}

/** People whose agreement counts, each once. Who asked, who wrote the rules and whom it is about do not count, whatever the table says. */
export function agreed(key: Buffer, approval: ApprovalRow): number {
  const barred = new Set([approval.requester, ...approval.authors, ...approval.subjects])
  const counted = approval.decisions.filter(
    (said) =>
      said.decision === 'approve' &&
      !barred.has(said.person) &&
      !barred.has(said.onBehalfOf ?? '') &&
      timingSafeEqual(sealDecision(key, approval, said), toMac(said.mac)),
  )
  return new Set(counted.map(({ person, onBehalfOf }) => onBehalfOf ?? person)).size
}

function toMac(hex: string): Buffer {
  const bytes = Buffer.from(hex, 'hex')
  return bytes.length === 32 ? bytes : Buffer.alloc(32)
}

/** Whether the questions asked are those of the plan, and about what the plan is now. */
export function isAbout(subject: Subject, approvals: readonly ApprovalRow[]): boolean {
  return (
    !subject.isBroken &&
    subject.needs.length === approvals.length &&
    subject.needs.every(({ role, quorum, stage = 1, stages = 1 }, place) => {
      const asked = approvals.find((approval) => approval.place === place)
      const isSame = asked?.role === role && asked.quorum === quorum && asked.stage === stage && asked.stages === stages
      return isSame && asked.subject === subject.hash
    })
  )
}

/** Whether people agreed, as many as must, to exactly what would be carried out. Says nothing of the time: what was begun in time goes on. */
export function isApproved(key: Buffer, subject: Subject, approvals: readonly ApprovalRow[]): boolean {
  return (
    isAbout(subject, approvals) &&
    approvals.every((approval) => approval.state === 'approved' && agreed(key, approval) >= approval.quorum)
  )
}
