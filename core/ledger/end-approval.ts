/** How a request ends that people did not agree to: nothing of it is carried out, or nothing more. */
import type { Tx } from '../database.ts'
import { mustUndo } from '../saga/decisions.ts'
import type { Problem, RequestState } from '../states.ts'
import { conclude } from './decide.ts'
import type { LockedByPeople } from './lock-for-people.ts'
import type { Recorder } from './writer.ts'

const problems = {
  expired: { code: 'expired', message: 'nobody approved it in time', hint: 'send the request again' },
  rejected: { code: 'rejected', message: 'a person refused to approve it', hint: 'the request’s history tells who, and why' },
  unanswered: {
    code: 'expired',
    message: 'nobody decided in the time that its approval gives people, and it is refused then',
    hint: 'send the request again',
  },
  tampered: {
    code: 'tampered',
    message: 'its plan, its rules or its payload were edited after it was accepted; nothing of it is carried out',
    hint: 'find out who writes to the database, verify the audit trail, then send the request again',
  },
  drifted: {
    code: 'drift',
    message: 'an account is no longer as it was when people were asked; nothing of it is carried out',
    hint: 'look at the account, then have the request done again: people are asked anew',
  },
} as const satisfies Record<string, Problem>

/** What becomes of a request of which nothing is in place; one that drifted can be done again. */
const endedAs = {
  expired: 'expired',
  rejected: 'rejected',
  unanswered: 'rejected',
  tampered: 'rejected',
  drifted: 'rolled_back',
} as const satisfies Record<keyof typeof problems, RequestState>

/** Nothing of the request is, or may be, in a target. */
export function isUntouched({ steps }: Pick<LockedByPeople, 'steps'>): boolean {
  return !steps.some(({ state }) => mustUndo(state) || state === 'stuck')
}

/** Ends a request that waits for approval. One of which something is in place already waits for people instead: its identity is not free. */
export async function end(
  tx: Tx,
  locked: LockedByPeople,
  why: keyof typeof problems,
  actor: string,
  record: Recorder,
): Promise<RequestState> {
  const { request } = locked
  const isFree = isUntouched(locked)
  const state: RequestState = isFree ? endedAs[why] : 'needs_attention'
  if (why === 'expired')
    await tx`update approval set state = 'expired', decided_at = clock_timestamp() where request_id = ${request.id} and state = 'open' and expires_at <= clock_timestamp()`
  const { id, identity_id: identityId, generation } = request
  const verdict = { id, identityId, generation, state, problem: problems[why], actor, wake: null, ring: null }
  await conclude(tx, [{ ...verdict, revert: isFree ? request.previous : null, alerts: why === 'tampered' || !isFree }], record)
  return state
}

/** What would be carried out is not what people were asked about, or agreed to: it is not, and people are alarmed. */
export async function alarm(tx: Tx, locked: LockedByPeople, record: Recorder): Promise<RequestState> {
  record.audit({
    action: 'tampered',
    actor: 'gateway',
    requestId: locked.request.id,
    detail: { generation: locked.request.generation },
  })
  return end(tx, locked, 'tampered', 'gateway', record)
}
