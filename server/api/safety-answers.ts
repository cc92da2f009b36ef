/** The answers about safety thresholds as schemas: which there are, and why one asks. `answers.ts` says why there are schemas. */
import * as v from 'valibot'
import { approverRoles } from '#core/plan.ts'
import { guardedOperations } from '#core/safety.ts'
import { about, whole } from './answer-parts.ts'

export const SafetyReason = v.pipe(
  v.object({
    threshold: about('What the rules call it.'),
    operations: v.array(v.picklist(guardedOperations)),
    withinSeconds: whole,
    exceeded: v.array(
      v.object({
        target: v.pipe(v.nullable(v.string()), v.description('null: people, over all the threshold’s targets.')),
        used: v.pipe(whole, v.description('Let through in that time before this one.')),
        limit: v.pipe(whole, v.description('How many may be.')),
        known: v.pipe(v.nullable(whole), v.description('How many there are; null when the threshold has no percent.')),
      }),
    ),
  }),
  v.description('Which safety threshold asks, and the numbers as they were when it asked.'),
)

export const SafetyStatus = v.pipe(
  v.object({
    ruleSet: v.string(),
    name: about('What the rules call the threshold.'),
    operations: v.array(v.picklist(guardedOperations)),
    per: v.pipe(v.picklist(['account', 'person']), v.description('What is counted.')),
    targets: v.pipe(v.array(v.string()), v.description('The one target, or all that are counted together.')),
    withinSeconds: whole,
    count: v.nullable(whole),
    percent: v.nullable(v.number()),
    known: v.pipe(v.nullable(whole), v.description('How many there are in all; null when the threshold has no percent.')),
    limit: v.pipe(whole, v.description('How many are let through in the time.')),
    used: v.pipe(whole, v.description('How many were.')),
    held: v.pipe(whole, v.description('Requests that it holds now.')),
    role: v.pipe(v.picklist(approverRoles), v.description('Who may let more through.')),
    quorum: whole,
  }),
  v.description('A safety threshold in force, where it counts, and how much of it is used now.'),
)
export const SafetyList = v.object({ items: v.array(SafetyStatus) })
export const HeldDecided = v.pipe(
  v.object({ decided: whole, left: v.pipe(whole, v.description('How many the person may still answer: ask again for them.')) }),
  v.description('What became of one answer for all that a threshold holds.'),
)
