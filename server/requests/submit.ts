/**
 * Submitting: one incoming change becomes a plan and is accepted, durably, before anybody is answered. Requests of one
 * identity are planned one after the other, each on what the one before left; other identities do not wait.
 */
import { createHmac } from 'node:crypto'
import { GatewayError } from '#core/errors.ts'
import type { IdentityState } from '#core/ledger/accept.ts'
import { foldKey, preview, reserve, type IdentityRecord } from '#core/ledger/identity.ts'
import type { Ledger } from '#core/ledger/index.ts'
import type { Sql } from '#core/database.ts'
import type { Plan, RequestKind } from '#core/plan.ts'
import { isForwardOnly } from '#core/saga.ts'
import type { Sealer } from '#core/sealing.ts'
import { uuidv7 } from '#core/uuid.ts'
import type { RuleEngine, UniqueReservations } from '#rules/index.ts'
import { applyDeltas, type IncomingChange } from '../inbound/adapter.ts'
import { createTurns } from './turns.ts'
import type { PublishedRuleSet, RuleSets } from './rule-sets.ts'

export interface Submission {
  readonly source: { readonly name: string; readonly ruleSet: string }
  readonly change: IncomingChange
  readonly actor: string
  readonly idempotency: { readonly key: string; readonly bodyHash: string } | null
}

export type Submitted = { readonly requestId: string; readonly isNew: boolean }

export interface Submissions {
  /**
   * Returns once the request is durable. Throws `missing` for a change of an identity nobody created, `idempotency_mismatch`,
   * and what the rules throw (`rule_failed`, `rule_timeout`).
   */
  submit(submission: Submission): Promise<Submitted>
  /** The plan that `submit` would make; nothing is written, reserved or called. */
  dryRun(submission: Submission): Promise<Plan>
}

export interface SubmissionsDeps {
  readonly ledger: Pick<Ledger, 'accept' | 'readIdentity'>
  readonly sql: Sql
  readonly engine: RuleEngine
  readonly ruleSets: RuleSets
  readonly sealer: Sealer
}

/** How often a plan is made anew when another process accepted a request of the same identity in between. */
const planAttempts = 20

export function createSubmissions({ ledger, sql, engine, ruleSets, sealer }: SubmissionsDeps): Submissions {
  const turns = createTurns()
  const digestKey = sealer.derive('idempotency')
  /** A body may hold a password: what is kept of it must not be something that guesses can be tried on. */
  const withKeyedHash = (submission: Submission): Submission => {
    const { idempotency } = submission
    if (idempotency === null) return submission
    return { ...submission, idempotency: { ...idempotency, bodyHash: createHmac('sha256', digestKey).update(idempotency.bodyHash).digest('hex') } }
  }

  async function plan(submission: Submission, requestId: string | null) {
    const { change, source } = submission
    const key = foldKey(change.externalId)
    const ruleSet = await ruleSets.current(source.ruleSet)
    const identity = await ledger.readIdentity({ source: source.name, key })
    const kind = effectiveKind(change, identity)
    const previous: IdentityState = identity ?? { attributes: {}, targets: {}, disabled: false }
    const attributes = kind === 'delete' ? previous.attributes : applyDeltas(previous.attributes, change)
    const made = await engine.plan(
      ruleSet,
      {
        kind, source: source.name, externalId: change.externalId, attributes, secrets: Object.keys(change.secrets),
        accounts: Object.keys(previous.targets), previousMemberships: previous.targets, disabled: previous.disabled,
      },
      reservations(sql, `${source.name}|${key}`, requestId),
    )
    return { key, identity, kind, previous, plan: made, desired: toDesired(kind, previous, attributes, made, ruleSet) }
  }

  async function attempt(submission: Submission): Promise<Submitted | 'conflict'> {
    const id = uuidv7()
    const { change, source, actor, idempotency } = submission
    const planned = await plan(submission, id)
    const { key, identity, kind } = planned
    const secrets = Object.entries(change.secrets).map(([name, value]) => {
      const secretId = uuidv7()
      return { name, id: secretId, purpose: 'request|secret', data: sealer.seal(`request|secret|${secretId}`, value) }
    })
    const acceptance = await ledger.accept({
      id, kind, actor, idempotency, secrets,
      identity: { id: identity?.id ?? uuidv7(), source: source.name, externalId: change.externalId, key, displayName: change.displayName ?? identity?.displayName ?? null },
      revision: identity?.revision ?? 0,
      previous: toState(planned.previous), desired: planned.desired, plan: planned.plan,
    })
    if (acceptance.outcome === 'conflict') return 'conflict'
    if (acceptance.outcome === 'accepted') return { requestId: id, isNew: true }
    if (acceptance.sameBody) return { requestId: acceptance.requestId, isNew: false }
    throw new GatewayError('idempotency_mismatch', 'this Idempotency-Key was used before, with another body', { hint: 'use a new key for a new request' })
  }

  return {
    async submit(unkeyed) {
      const submission = withKeyedHash(unkeyed)
      // All of it in the identity's turn: the order of acceptance is the order of the calls.
      return turns.take(`${submission.source.name}|${foldKey(submission.change.externalId)}`, async () => {
        const known = await findByKey(sql, submission)
        if (known !== null) return known
        for (let left = planAttempts; left > 0; left--) {
          const submitted = await attempt(submission)
          if (submitted !== 'conflict') return submitted
        }
        throw new GatewayError('unavailable', 'too many requests for this identity at once', { hint: 'send it again in a moment' })
      })
    },
    dryRun: async (submission) => (await plan(submission, null)).plan,
  }
}

/** An answer without planning for a key that is known: retries of a client must stay cheap, and must not fail on newer rules. */
async function findByKey(sql: Sql, { source, idempotency }: Submission): Promise<Submitted | null> {
  if (idempotency === null) return null
  const [row] = await sql<{ request_id: string; body_hash: string }[]>`
    select request_id, body_hash from idempotency where source = ${source.name} and key = ${idempotency.key}`
  if (row === undefined) return null
  if (row.body_hash === idempotency.bodyHash) return { requestId: row.request_id, isNew: false }
  throw new GatewayError('idempotency_mismatch', 'this Idempotency-Key was used before, with another body', { hint: 'use a new key for a new request' })
}

/**
 * `create` states what shall be: for an identity that is known it is an update, and it brings back one that was disabled. Taking
 * access away from who has none is done already; anything else needs somebody to do it to.
 */
function effectiveKind(change: IncomingChange, identity: IdentityRecord | null): RequestKind {
  const hasAccounts = identity !== null && Object.keys(identity.targets).length > 0
  if (change.kind === 'create') return !hasAccounts ? 'create' : identity.disabled ? 'enable' : 'update'
  // A deletion and a creation that was rolled back leave neither accounts nor attributes.
  const isKnown = hasAccounts || (identity !== null && Object.keys(identity.attributes).length > 0)
  if (!isKnown && !isForwardOnly(change.kind))
    throw new GatewayError('missing', `no identity with this external id is known, and a request of kind "${change.kind}" needs one`, { at: '/externalId', hint: 'send a "create" with all its attributes first' })
  return change.kind
}

function toState({ attributes, targets, disabled }: IdentityState): IdentityState {
  return { attributes, targets, disabled }
}

/** Where this request leaves the identity when it succeeds. */
function toDesired(kind: RequestKind, previous: IdentityState, attributes: IdentityState['attributes'], plan: Plan, ruleSet: PublishedRuleSet): IdentityState {
  if (kind === 'delete') return { attributes: {}, targets: {}, disabled: false }
  const disabled = kind === 'disable' || (kind !== 'enable' && kind !== 'create' && previous.disabled)
  const targets: Record<string, readonly string[]> = { ...previous.targets }
  for (const step of plan.steps) {
    const before = previous.targets[step.target] ?? []
    const kept = before.filter((group) => !step.memberships.remove.includes(group))
    targets[step.target] = [...new Set([...kept, ...step.memberships.add])]
  }
  for (const name of Object.keys(targets)) if (!(name in ruleSet.targets)) delete targets[name]
  return { attributes, targets, disabled }
}

function reservations(sql: Sql, owner: string, requestId: string | null): UniqueReservations {
  return {
    reserve: (namespaces, candidates) =>
      requestId === null ? preview(sql, { namespaces, candidates, owner }) : reserve(sql, { namespaces, candidates, owner, requestId }),
  }
}
