/** Safety thresholds as a rule set states them; what they hold is decided where requests are accepted (`core/safety.ts`). */
import { approverRoles } from '#core/plan.ts'
import type { Phrase } from '#core/phrase.ts'
import { guardedOperations, type SafetyThreshold } from '#core/safety.ts'
import * as v from 'valibot'
import { duration, toSeconds } from './durations.ts'
import { policyPhrases } from './phrases/policies.ts'

/** @param targetName the word for names of targets that the whole document uses */
export function safetyDocument<Name extends v.GenericSchema<string, string>>(targetName: Name) {
  return v.pipe(
    v.strictObject({
      name: v.optional(v.pipe(v.string(), v.regex(/\S/, policyPhrases.emptyName.en), v.maxLength(100))),
      operations: v.optional(
        v.pipe(
          v.array(v.picklist(guardedOperations)),
          v.minLength(1, policyPhrases.nameOne.en),
          v.description('What is counted: disable, delete. Default: both, together.'),
        ),
      ),
      targets: v.optional(
        v.pipe(v.array(targetName), v.minLength(1, policyPhrases.nameOneOrNone.en), v.description('Default: all targets.')),
      ),
      per: v.optional(
        v.pipe(
          v.picklist(['account', 'person']),
          v.description('account (default): the accounts of each target by themselves; person: people, over all those targets.'),
        ),
      ),
      within: duration('The time in which is counted; it ends now.', 30, policyPhrases.longWindow),
      count: v.optional(
        v.pipe(
          v.number(),
          v.integer(),
          v.minValue(0),
          v.maxValue(1_000_000),
          v.description('So many are let through in that time.'),
        ),
      ),
      percent: v.optional(
        v.pipe(
          v.number(),
          v.minValue(0, policyPhrases.percentage.en),
          v.maxValue(100, policyPhrases.percentage.en),
          v.description('… or so many of those that are known; one is always let through.'),
        ),
      ),
      role: v.optional(v.pipe(v.picklist(approverRoles), v.description('Who may let more through. Default: operator.'))),
      quorum: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(10))),
      expires: v.optional(
        duration('After this time without agreement the request ends as expired. Default: 7d.', 30, policyPhrases.longApproval),
      ),
    }),
    v.check(({ count, percent }) => count !== undefined || percent !== undefined, policyPhrases.noThreshold.en),
  )
}
export type SafetyDocument = v.InferOutput<ReturnType<typeof safetyDocument>>

export function toThresholds(documents: readonly SafetyDocument[], targets: readonly string[]): readonly SafetyThreshold[] {
  return documents.map((document, index) => ({
    name: document.name ?? `threshold ${index + 1}`,
    operations: document.operations ?? guardedOperations,
    targets: [...new Set(document.targets ?? targets)].sort(),
    per: document.per ?? 'account',
    withinSeconds: toSeconds(document.within),
    count: document.count ?? null,
    percent: document.percent ?? null,
    role: document.role ?? 'operator',
    quorum: document.quorum ?? 1,
    expiresSeconds: toSeconds(document.expires ?? '7d'),
  }))
}

/** What is wrong with thresholds that only the whole rule set can tell: where, what, and the name that is not known. */
export function safetyProblems(
  documents: readonly SafetyDocument[],
  targets: readonly string[],
): readonly { readonly path: readonly string[]; readonly phrase: Phrase; readonly unknown?: string }[] {
  const names = toThresholds(documents, targets).map(({ name }) => name)
  return documents.flatMap((document, index) => {
    const at = ['safety', String(index)]
    const foreign = (document.targets ?? []).flatMap((name, place) =>
      targets.includes(name)
        ? []
        : [{ path: [...at, 'targets', String(place)], phrase: policyPhrases.noTargetOfName({ name }), unknown: name }],
    )
    const isTwice = names.indexOf(names[index] ?? '') !== index
    return isTwice
      ? [...foreign, { path: [...at, 'name'], phrase: policyPhrases.thresholdTwice({ name: names[index] ?? '' }) }]
      : foreign
  })
}
