/**
 * The last look before a call: a step of a request that asks for approval is claimed only if people agreed, as many as must, to what stands
 * in the ledger now. Whoever edits a plan, a rule's text or a payload behind the gateway's back finds that nothing is carried out.
 */
import { asRows, type Tx } from '../database.ts'
import { isApproved, readLastRound, readSubjects } from './approval-subject.ts'
import { findDrifted, refuseDrifted } from './drift.ts'
import { alarm } from './end-approval.ts'
import type { ApprovalGuard, Claim, ClaimResult } from './claim.ts'
import { lockForPeople } from './lock-for-people.ts'
import type { Recorder } from './writer.ts'

/** Refuses what is not approved as it stands, or not on what the account is now. Undoing needs nobody's approval. */
export function createApprovalGuard(key: Buffer): ApprovalGuard {
  return async (tx, claims, record) => {
    const asking = await findAsking(tx, [...new Set(claims.map(({ requestId }) => requestId))])
    const refused = asking.length === 0 ? new Map<Claim, ClaimResult>() : await refuse(tx, claims, asking, key, record)
    return { refused, approved: claims.filter((claim) => asking.includes(claim.requestId) && !refused.has(claim)) }
  }
}

async function findAsking(tx: Tx, ids: readonly string[]): Promise<readonly string[]> {
  const asking = await tx<{ id: string }[]>`
    select request.id from jsonb_to_recordset(${asRows(
      tx,
      ids.map((id) => ({ id })),
    )}) as row (id uuid) join request using (id)
    where approvals is not null or exists (select from approval where request_id = request.id)`
  return asking.map(({ id }) => id)
}

/** Of the claims for requests that ask for approval, those that are not to be made, and why. */
async function refuse(
  tx: Tx,
  claims: readonly Claim[],
  asking: readonly string[],
  key: Buffer,
  record: Recorder,
): Promise<Map<Claim, ClaimResult>> {
  const results = new Map<Claim, ClaimResult>()
  const broken = await findBroken(tx, asking, key)
  for (const id of [...broken].sort()) {
    const locked = await lockForPeople(tx, id)
    if (locked?.request.state === 'queued' || locked?.request.state === 'running') await alarm(tx, locked, record)
  }
  for (const claim of claims) if (broken.has(claim.requestId)) results.set(claim, { outcome: 'superseded' })
  const beginnings = claims.flatMap(({ requestId, target, before }) =>
    before === undefined || broken.has(requestId) || !asking.includes(requestId) ? [] : [{ requestId, target, before }],
  )
  const drifted = Map.groupBy(await findDrifted(tx, beginnings), ({ requestId }) => requestId)
  for (const id of [...drifted.keys()].sort()) {
    const targets = new Set(drifted.get(id)?.map(({ target }) => target))
    const isPartly = await refuseDrifted(tx, id, [...targets], record)
    // A request that begins nowhere is not begun in its other targets either.
    for (const claim of claims)
      if (claim.requestId === id && (!isPartly || targets.has(claim.target)))
        results.set(claim, { outcome: isPartly ? 'drifted' : 'superseded' })
  }
  return results
}

/** Those of the requests that do not have the approval that they ask for. */
async function findBroken(tx: Tx, ids: readonly string[], key: Buffer): Promise<ReadonlySet<string>> {
  const [subjects, approvals] = [await readSubjects(tx, ids), await readLastRound(tx, ids)]
  return new Set(
    ids.filter((id) => {
      const subject = subjects.get(id)
      if (subject === undefined) return true
      // Planned again since it was asked, and nobody has to agree any more.
      if (subject.needs.length === 0) return subject.isBroken
      const asked = approvals.filter((approval) => approval.request_id === id)
      return !isApproved(key, subject, asked)
    }),
  )
}
