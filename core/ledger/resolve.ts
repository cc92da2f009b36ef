/**
 * The verbs by which people resolve what the gateway cannot, or stop what they do not want: cancel, probe, attest. Each with a reason, on
 * record, and only from where `core/saga/verbs.ts` allows it. `retry` and `resume` stand in `retry.ts`.
 */
import type { Tx } from '../database.ts'
import { afterCancel, disputable, possibleVerbs, takenBack, type Attested, type Verb } from '../saga/verbs.ts'
import type { Problem, RequestState } from '../states.ts'
import { conclude, decideOne, lockRequests } from './decide.ts'
import { followAttested } from './departures.ts'
import { lockForPeople, type LockedByPeople } from './lock-for-people.ts'
import { unlink } from './link-accounts.ts'
import type { Recorder, Statement } from './writer.ts'

export interface Resolution {
  readonly requestId: string
  /** `person:<name>`. */
  readonly actor: string
  readonly reason: string
}

export type Resolved =
  | { readonly outcome: 'accepted'; readonly state: RequestState }
  | { readonly outcome: 'missing' }
  | { readonly outcome: 'refused'; readonly state: RequestState }

type Work<Input extends Resolution, Output> = (tx: Tx, locked: LockedByPeople, input: Input, record: Recorder) => Promise<Output>

/** One after the other: people are few, and each finds what the one before left. */
function statement<Input extends Resolution, Output>(verb: Verb, work: Work<Input, Output>): Statement<Input, Output | Resolved> {
  return async (tx, inputs, record) => {
    const results: (Output | Resolved)[] = []
    for (const input of inputs) {
      const locked = await lockForPeople(tx, input.requestId)
      const possible = locked !== null && possibleVerbs(locked.request, locked.steps).includes(verb)
      if (locked === null) results.push({ outcome: 'missing' })
      else if (!possible) results.push({ outcome: 'refused', state: locked.request.state })
      else results.push(await work(tx, locked, input, record))
    }
    return results
  }
}

const cancelled: Problem = { code: 'cancelled', message: 'a person cancelled the request' }
const takenBackByReturn: Problem = { code: 'cancelled', message: 'the person returned before the account was deleted' }

/** Nothing was called: it ends, and its identity is as if it had never been asked for. Else what was done is undone. */
export const cancel = statement<Resolution, Resolved>('cancel', async (tx, { request, steps }, { actor, reason }, record) => {
  const state = afterCancel(steps)
  record.audit({ action: 'cancelled', actor, requestId: request.id, detail: { reason, generation: request.generation } })
  await tx`update step set state = ${tx.json(takenBack)}::jsonb ->> state, deaths = 0, undo_attempts = 0, retry_at = null,
      settled_at = case when state = 'pending' then now() else settled_at end
    where request_id = ${request.id}`
  const rolls = state === 'rolling_back'
  const verdict = {
    id: request.id,
    identityId: request.identity_id,
    generation: request.generation,
    state,
    problem: actor === 'gateway' ? takenBackByReturn : cancelled,
    actor,
    wake: rolls ? 60 : null,
    ring: rolls ? ('undo' as const) : null,
    revert: rolls ? null : request.previous,
    alerts: false,
  }
  await conclude(tx, [verdict], record)
  return { outcome: 'accepted', state }
})

/** Rings for a look at the steps that nobody knows about; the workers settle them by what is there, and change nothing. */
export const probe = statement<Resolution, Resolved>('probe', async (tx, { request }, { actor, reason }, record) => {
  await tx`update request set bell = bell + 1 where id = ${request.id}`
  await tx`insert into outbox (topic, request_id, generation, bell) values ('probe', ${request.id}, ${request.generation}, ${request.bell + 1})`
  record.rang()
  record.audit({ action: 'probe_asked', actor, requestId: request.id, detail: { reason, generation: request.generation } })
  return { outcome: 'accepted', state: request.state }
})

export interface Attestation extends Resolution {
  readonly target: string
  readonly outcome: Attested
}

export type AttestResult =
  | Resolved
  /** On record; it counts when somebody else states the same. */
  | { readonly outcome: 'stated' }
  /** There is no such step, or what became of it is known. */
  | { readonly outcome: 'known' }

/**
 * A person states what is so in a target. It counts when a second person states the same of the same state of the step; the database holds
 * that they are two. The request is decided again then.
 */
export const attest = statement<Attestation, AttestResult>('attest', async (tx, { request, steps }, input, record) => {
  const step = steps.find(({ target }) => target === input.target)
  if (step === undefined || !disputable.includes(step.state) || step.leased) return { outcome: 'known' }
  const { requestId, target, outcome, actor, reason } = input
  await tx`insert into statement (request_id, target, fence, person, outcome, reason) values (${requestId}, ${target}, ${step.fence}, ${actor}, ${outcome}, ${reason})
    on conflict (request_id, target, fence, person) do update set outcome = excluded.outcome, reason = excluded.reason, stated_at = excluded.stated_at`
  const [other] = await tx<{ person: string }[]>`
    select person from statement where request_id = ${requestId} and target = ${target} and fence = ${step.fence} and outcome = ${outcome} and person <> ${actor}
    order by stated_at limit 1`
  record.audit({
    action: other === undefined ? 'stated' : 'attested',
    actor,
    requestId,
    target,
    detail: { outcome, reason, generation: request.generation, ...(other && { with: other.person }) },
  })
  record.changed(requestId)
  if (other === undefined) return { outcome: 'stated' }
  await tx`insert into attestation (request_id, target, fence, outcome, stated_by, confirmed_by) values (${requestId}, ${target}, ${step.fence}, ${outcome}, ${other.person}, ${actor})`
  await tx`update step set state = ${outcome}, fence = fence + 1, deaths = 0, lease_until = null, error = null, differences = null, settled_at = now()
    where request_id = ${requestId} and target = ${target}`
  if (outcome === 'applied') await followAttested(tx, { request_id: requestId, target }, record)
  else await unlink(tx, [{ request_id: requestId, target }])
  return decideAgain(tx, requestId, actor, record)
})

/** What became of a request that waited for people, now that one of its steps is settled. */
async function decideAgain(tx: Tx, requestId: string, actor: string, record: Recorder): Promise<Resolved> {
  const [[request], steps] = await lockRequests(tx, [requestId])
  const verdict = request === undefined ? null : decideOne(request, steps, actor)
  if (request === undefined || verdict === null) return { outcome: 'accepted', state: 'needs_attention' }
  await conclude(tx, [verdict], record)
  return { outcome: 'accepted', state: verdict.state }
}
