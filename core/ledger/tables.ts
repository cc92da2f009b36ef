/** The ledger's tables as drizzle knows them, for what is read and listed. The migrations are the truth; this follows them. */
import { bigint, integer, jsonb, pgSchema, text, timestamp, uuid } from './drizzle.ts'
import type { Account, Difference, Disposition, Writes } from '../account.ts'
import type { ApprovalNeed, RequestKind } from '../plan.ts'
import type { Attested, Direction } from '../saga/verbs.ts'
import type { Problem, RequestState, StepState } from '../states.ts'
import type { Attributes } from '../values.ts'
import type { KeptPlan } from './kept-step.ts'

const passerelle = pgSchema('passerelle')
const time = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' })

export const requests = passerelle.table('request', {
  id: uuid('id').primaryKey(),
  seq: bigint('seq', { mode: 'number' }).notNull(),
  source: text('source').notNull(),
  externalId: text('external_id').notNull(),
  displayName: text('display_name'),
  kind: text('kind').$type<RequestKind>().notNull(),
  state: text('state').$type<RequestState>().notNull(),
  generation: integer('generation').notNull(),
  direction: text('direction').$type<Direction>().notNull(),
  supersededBy: uuid('superseded_by'),
  identityId: uuid('identity_id').notNull(),
  ruleSet: text('rule_set').notNull(),
  ruleVersion: integer('rule_version').notNull(),
  computed: jsonb('computed').$type<Attributes>().notNull(),
  planHash: text('plan_hash').notNull(),
  approvals: jsonb('approvals').$type<readonly ApprovalNeed[]>(),
  lookups: jsonb('lookups').$type<Readonly<Record<string, number>>>(),
  problem: jsonb('problem').$type<Problem>(),
  receivedAt: time('received_at').notNull(),
  settledAt: time('settled_at'),
})

export const steps = passerelle.table('step', {
  requestId: uuid('request_id').notNull(),
  target: text('target').notNull(),
  state: text('state').$type<StepState>().notNull(),
  attempts: integer('attempts').notNull(),
  fence: bigint('fence', { mode: 'number' }).notNull(),
  leaseUntil: time('lease_until'),
  plan: jsonb('plan').$type<KeptPlan>().notNull(),
  before: jsonb('before').$type<Account>(),
  after: jsonb('after').$type<Account>(),
  writes: jsonb('writes').$type<Writes>(),
  nativeId: text('native_id'),
  label: text('label'),
  disposition: text('disposition').$type<Disposition>(),
  error: jsonb('error').$type<Problem>(),
  differences: jsonb('differences').$type<readonly Difference[]>(),
  startedAt: time('started_at'),
  settledAt: time('settled_at'),
})

export const statements = passerelle.table('statement', {
  requestId: uuid('request_id').notNull(),
  target: text('target').notNull(),
  fence: bigint('fence', { mode: 'number' }).notNull(),
  person: text('person').notNull(),
  outcome: text('outcome').$type<Attested>().notNull(),
  reason: text('reason').notNull(),
  statedAt: time('stated_at').notNull(),
})

export const audits = passerelle.table('audit', {
  seq: bigint('seq', { mode: 'number' }).primaryKey(),
  at: time('at').notNull(),
  action: text('action').notNull(),
  actor: text('actor').notNull(),
  requestId: uuid('request_id'),
  target: text('target'),
  detail: jsonb('detail').$type<Readonly<Record<string, string | number | boolean | null>>>().notNull(),
})
