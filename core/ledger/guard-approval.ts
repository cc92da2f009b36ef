/**
 * The last look before a call: a step of a request that asks for approval is claimed only if people agreed, as many as must, to what stands
 * in the ledger now. Whoever edits a plan, a rule's text or a payload behind the gateway's back finds that nothing is carried out.
 */
import { asRows, type Tx } from '../database.ts'
import { isApproved, readLastRound, readSubjects } from './approval-subject.ts'
import { alarm } from './approve.ts'
import type { Claim, ClaimResult } from './claim.ts'
import { lockForPeople } from './lock-for-people.ts'
import type { Statement } from './writer.ts'

/** Claims as `claim` does, except what is not approved as it stands. Undoing needs nobody's approval. */
export function withApproval(claim: Statement<Claim, ClaimResult>, key: Buffer): Statement<Claim, ClaimResult> {
  return async (tx, inputs, record) => {
    const ids = [...new Set(inputs.flatMap(({ purpose, requestId }) => (purpose === 'apply' ? [requestId] : [])))]
    const broken = ids.length === 0 ? new Set<string>() : await findBroken(tx, ids, key)
    for (const id of [...broken].sort()) {
      const locked = await lockForPeople(tx, id)
      if (locked?.request.state === 'queued' || locked?.request.state === 'running') await alarm(tx, locked, record)
    }
    const left = inputs.filter(({ requestId, purpose }) => purpose !== 'apply' || !broken.has(requestId))
    const results = left.length === 0 ? [] : await claim(tx, left, record)
    const byInput = new Map(left.map((input, index) => [input, results[index]]))
    return inputs.map((input) => byInput.get(input) ?? { outcome: 'superseded' })
  }
}

/** Those of the requests that ask for approval and do not have it. Requests that ask nobody cost one look at an index. */
async function findBroken(tx: Tx, ids: readonly string[], key: Buffer): Promise<Set<string>> {
  const asking = await tx<{ id: string }[]>`
    select request.id from jsonb_to_recordset(${asRows(
      tx,
      ids.map((id) => ({ id })),
    )}) as row (id uuid) join request using (id)
    where approvals is not null or exists (select from approval where request_id = request.id)`
  if (asking.length === 0) return new Set()
  const own = asking.map(({ id }) => id)
  const [subjects, approvals] = [await readSubjects(tx, own), await readLastRound(tx, own)]
  return new Set(
    own.filter((id) => {
      const subject = subjects.get(id)
      if (subject === undefined) return true
      // Planned again since it was asked, and nobody has to agree any more.
      if (subject.needs.length === 0) return subject.isBroken
      const asked = approvals.filter((approval) => approval.request_id === id)
      return !isApproved(key, subject, asked)
    }),
  )
}
