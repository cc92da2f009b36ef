/**
 * Submitting: one incoming change becomes a plan and is accepted, durably, before anybody is answered. Requests of one
 * identity are planned one after the other, each on what the one before left; other identities do not wait.
 */
import { createHmac } from 'node:crypto'
import type { CrashPoint } from '#core/crash-points.ts'
import type { Sql } from '#core/database.ts'
import { GatewayError } from '#core/errors.ts'
import { isAway } from '#core/departure.ts'
import type { NewRequest } from '#core/ledger/accept.ts'
import { foldKey, releaseAll } from '#core/ledger/identity.ts'
import type { Ledger } from '#core/ledger/index.ts'
import type { Plan } from '#core/plan.ts'
import type { Sealer } from '#core/sealing.ts'
import { uuidv7 } from '#core/uuid.ts'
import type { IncomingChange } from '../inbound/adapter.ts'
import { withoutSecrets, type Planned, type Planning } from './planning.ts'
import { createRequestSecrets } from './secrets.ts'
import { createTurns } from './turns.ts'

export interface Submission {
  readonly source: { readonly name: string; readonly ruleSet: string }
  readonly change: IncomingChange
  readonly actor: string
  readonly idempotency: { readonly key: string; readonly bodyHash: string } | null
  /** The departure that the deletion ends (`change.ending`). */
  readonly departure?: string
}

export type Submitted = { readonly requestId: string }

export interface Submissions {
  /**
   * Returns once the request is durable. Throws `missing` for a change of an identity nobody created, `idempotency_mismatch`,
   * and what the rules throw (`rule_failed`, `rule_timeout`); `conflict` when it ends a departure that is not due any more.
   */
  submit(submission: Submission): Promise<Submitted>
  /** Whether it was accepted before, under its key. Throws `idempotency_mismatch` when that was another. */
  isKnown(submission: Submission): Promise<boolean>
  /** The plan that `submit` would make; nothing is written, reserved or called. */
  dryRun(submission: Submission): Promise<Plan>
}

export interface SubmissionsDeps {
  readonly ledger: Pick<Ledger, 'accept' | 'cancel'>
  readonly sql: Sql
  readonly planning: Planning
  readonly sealer: Sealer
  readonly crashPoint: CrashPoint
}

/** How often a plan is made anew when another process accepted a request of the same identity in between. */
const planAttempts = 20

export function createSubmissions({ ledger, sql, planning, sealer, crashPoint }: SubmissionsDeps): Submissions {
  const turns = createTurns()
  const digestKey = sealer.derive('idempotency')
  const secrets = createRequestSecrets(sealer)
  async function attempt(submission: Submission): Promise<Submitted | 'conflict'> {
    const id = uuidv7()
    const { change } = submission
    const planned = await planning.plan(submission.source, change, id)
    if (change.ending !== undefined && !isAway(planned.previous, change.ending.target)) throw notDue()
    if (await takesBackDeletions(ledger, planned)) {
      await releaseAll(sql, id)
      return 'conflict'
    }
    const kept = [...secrets.seal(change.secrets), ...secrets.make(planned.plan, Object.keys(change.secrets))]
    const acceptance = await ledger.accept(toNewRequest(id, submission, planned, kept))
    crashPoint('accept:committed')
    if (acceptance.outcome !== 'accepted') await releaseAll(sql, id)
    if (acceptance.outcome === 'conflict') return 'conflict'
    if (acceptance.outcome === 'not_due') throw notDue()
    if (acceptance.outcome === 'accepted') return { requestId: id }
    if (acceptance.sameBody) return { requestId: acceptance.requestId }
    throw new GatewayError('idempotency_mismatch', 'this Idempotency-Key was used before, with another body', {
      hint: 'use a new key for a new request',
    })
  }

  return {
    async submit(unkeyed) {
      const submission = withKeyedHash(unkeyed, digestKey)
      // All of it in the identity's turn: the order of acceptance is the order of the calls.
      return turns.take(`${submission.source.name}|${foldKey(submission.change.externalId)}`, async () => {
        const known = await findByKey(sql, submission)
        if (known !== null) return known
        for (let left = planAttempts; left > 0; left--) {
          const submitted = await attempt(submission)
          if (submitted !== 'conflict') return submitted
        }
        throw new GatewayError('unavailable', 'too many requests for this identity at once', {
          hint: 'send it again in a moment',
        })
      })
    },
    isKnown: async (submission) => (await findByKey(sql, withKeyedHash(submission, digestKey))) !== null,
    dryRun: async ({ source, change }) => (await planning.plan(source, change, null)).plan,
  }
}

function toNewRequest(id: string, submission: Submission, planned: Planned, secrets: NewRequest['secrets']): NewRequest {
  const { change, source, actor, idempotency, departure } = submission
  const { key, identity, kind, previous, desired, plan, thresholds } = planned
  return {
    id,
    kind,
    actor,
    idempotency,
    secrets,
    identity: {
      id: identity?.id ?? uuidv7(),
      source: source.name,
      externalId: change.externalId,
      key,
      displayName: change.displayName ?? identity?.displayName ?? null,
    },
    revision: identity?.revision ?? 0,
    previous,
    desired,
    plan,
    thresholds,
    change: withoutSecrets(change),
    ...(change.ending !== undefined && { scope: [change.ending.target] }),
    ...(departure !== undefined && { departure }),
  }
}

function notDue(): GatewayError {
  return new GatewayError('conflict', 'the account is not to be deleted now: the person returned, or another day was named')
}

/**
 * Who returns keeps the accounts whose deletion at the end of a grace was filed and has not begun: it is taken back, and the return planned on what
 * is so then. A deletion that has begun is carried out, and the person gets a new account after it.
 */
async function takesBackDeletions(ledger: SubmissionsDeps['ledger'], { identity, plan }: Planned): Promise<boolean> {
  const deletions = identity?.deletions ?? []
  const isReturn = plan.steps.some(({ operation }) => operation === 'create' || operation === 'enable')
  if (deletions.length === 0 || !isReturn) return false
  const asked = deletions.map((requestId) => ledger.cancel({ requestId, actor: 'gateway', reason: 'the person returns' }))
  return (await Promise.all(asked)).some(({ outcome }) => outcome === 'accepted')
}

/** An answer without planning for a key that is known: retries of a client must stay cheap, and must not fail on newer rules. */
async function findByKey(sql: Sql, { source, idempotency }: Submission): Promise<Submitted | null> {
  if (idempotency === null) return null
  const [row] = await sql<{ request_id: string; body_hash: string }[]>`
    select request_id, body_hash from idempotency where source = ${source.name} and key = ${idempotency.key}`
  if (row === undefined) return null
  if (row.body_hash === idempotency.bodyHash) return { requestId: row.request_id }
  throw new GatewayError('idempotency_mismatch', 'this Idempotency-Key was used before, with another body', {
    hint: 'use a new key for a new request',
  })
}

/** A body may hold a password: what is kept of it must not be something that guesses can be tried on. */
function withKeyedHash(submission: Submission, digestKey: Buffer): Submission {
  const { idempotency } = submission
  if (idempotency === null) return submission
  const bodyHash = createHmac('sha256', digestKey).update(idempotency.bodyHash).digest('hex')
  return { ...submission, idempotency: { ...idempotency, bodyHash } }
}
