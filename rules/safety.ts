/** Safety thresholds as a rule set states them; what they hold is decided where requests are accepted (`core/safety.ts`). */
import { approverRoles } from '#core/plan.ts'
import { guardedOperations, type SafetyThreshold } from '#core/safety.ts'
import * as v from 'valibot'
import { duration, toSeconds } from './durations.ts'

/** @param targetName the word for names of targets that the whole document uses */
export function safetyDocument<Name extends v.GenericSchema<string, string>>(targetName: Name) {
  return v.pipe(
    v.strictObject({
      name: v.optional(v.pipe(v.string(), v.regex(/\S/, 'a name cannot be empty'), v.maxLength(100))),
      operations: v.optional(
        v.pipe(
          v.array(v.picklist(guardedOperations)),
          v.minLength(1, 'name at least one'),
          v.description('What is counted: disable, delete. Default: both, together.'),
        ),
      ),
      targets: v.optional(
        v.pipe(v.array(targetName), v.minLength(1, 'name at least one, or leave it out'), v.description('Default: all targets.')),
      ),
      per: v.optional(
        v.pipe(
          v.picklist(['account', 'person']),
          v.description('account (default): the accounts of each target by themselves; person: people, over all those targets.'),
        ),
      ),
      within: duration('The time in which is counted; it ends now.', 30, 'the time of a threshold has 30 days at most'),
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
          v.minValue(0, 'a percentage lies between 0 and 100'),
          v.maxValue(100, 'a percentage lies between 0 and 100'),
          v.description('… or so many of those that are known; one is always let through.'),
        ),
      ),
      role: v.optional(v.pipe(v.picklist(approverRoles), v.description('Who may let more through. Default: operator.'))),
      quorum: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(10))),
      expires: v.optional(
        duration(
          'After this time without agreement the request ends as expired. Default: 7d.',
          30,
          'an approval expires after 30 days at most',
        ),
      ),
    }),
    v.check(
      ({ count, percent }) => count !== undefined || percent !== undefined,
      'a threshold needs a count, a percent, or both',
    ),
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

/** What is wrong with thresholds that only the whole rule set can tell: [path, message, names that would be right]. */
export function safetyProblems(
  documents: readonly SafetyDocument[],
  targets: readonly string[],
): readonly { readonly path: readonly string[]; readonly message: string; readonly unknown?: string }[] {
  const names = toThresholds(documents, targets).map(({ name }) => name)
  return documents.flatMap((document, index) => {
    const at = ['safety', String(index)]
    const foreign = (document.targets ?? []).flatMap((name, place) =>
      targets.includes(name)
        ? []
        : [{ path: [...at, 'targets', String(place)], message: `there is no target "${name}" in this rule set`, unknown: name }],
    )
    const isTwice = names.indexOf(names[index] ?? '') !== index
    return isTwice ? [...foreign, { path: [...at, 'name'], message: `two thresholds are called "${names[index]}"` }] : foreign
  })
}
