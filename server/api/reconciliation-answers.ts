/** The answers about reconciliations as schemas; `answers.ts` says why. */
import * as v from 'valibot'
import { findingKinds, findingStates, reconciliationStates } from '#core/reconciliations/reconciliation.ts'
import { about, id, pageOf, time, whole } from './answer-parts.ts'
import { Difference, Problem } from './answers.ts'

export const Reconciliation = v.pipe(
  v.object({
    id,
    target: v.string(),
    state: v.picklist(reconciliationStates),
    by: about('Who asked for it; schedule: the target’s configuration did.'),
    reason: v.nullable(v.string()),
    expected: v.pipe(whole, v.description('Accounts that the ledger had in the target when it began.')),
    listed: v.pipe(whole, v.description('Accounts that the target has shown so far.')),
    counts: v.pipe(
      v.object({ matched: whole, missing: whole, orphan: whole, divergent: whole, adopted: whole, busy: whole }),
      v.description(
        'matched: as they were left; busy: not judged, because the gateway itself was changing them; missing is known at the end.',
      ),
    ),
    createdAt: time,
    startedAt: v.nullable(time),
    endedAt: v.nullable(time),
    waitsUntil: v.pipe(v.nullable(time), v.description('The target asked for a pause, or failed; it goes on then.')),
    problem: v.pipe(v.nullable(Problem), v.description('Why it failed.')),
  }),
  v.description('What a target holds, beside what the ledger believes it holds. Nothing in the target is changed by it.'),
)
export const ReconciliationPage = pageOf(Reconciliation, 'One page of reconciliations, the newest first.')

const person = v.object({ source: v.string(), externalId: v.string(), displayName: v.nullable(v.string()) })

export const Finding = v.pipe(
  v.object({
    id,
    target: v.string(),
    kind: v.pipe(
      v.picklist(findingKinds),
      v.description(
        'missing: we believe that it is there, and it is not; orphan: it is there, and nobody’s; divergent: it is not as we left it; adopted: it is somebody’s, and the gateway did not make it.',
      ),
    ),
    state: v.picklist(findingStates),
    nativeId: about('The account’s id in the target.'),
    label: about('What a person would call the account.'),
    identity: v.pipe(v.nullable(person), v.description('Whose account it is.')),
    candidate: v.pipe(v.nullable(person), v.description('Of an orphan: whom it may belong to.')),
    differences: v.pipe(v.array(Difference), v.description('What we last applied, and what stands there; never secrets.')),
    foundAt: time,
    seenAt: v.pipe(time, v.description('When it was found the last time.')),
    closed: v.nullable(v.object({ at: time, by: v.picklist(['reconciliation', 'adopted']) })),
    ignored: v.nullable(v.object({ until: time, by: v.string(), reason: v.string() })),
    requestId: v.pipe(v.nullable(id), v.description('The request that is to repair it.')),
  }),
  v.description('One account that is not as the ledger has it.'),
)
export const FindingPage = pageOf(Finding, 'One page of findings, the newest first.')
