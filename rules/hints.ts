/** "Did you mean": most mistakes in a rule set are one letter away from what was meant. */
import type { Phrase } from '#core/phrase.ts'
import { documentPhrases } from './phrases/document.ts'
import { inRow } from './phrases/words.ts'

/** Asks for the closest of the known names when it is close enough to be a slip of the keyboard; undefined otherwise. */
export function didYouMean(
  name: string,
  known: Iterable<string>,
  show: (match: string) => string = (match) => match,
): Phrase | undefined {
  const near = closest(name, known)
  return near === undefined ? undefined : documentPhrases.didYouMean({ name: show(near) })
}

/** The same, or else the names that would be right. */
export function nearOrKnown(name: string, known: readonly string[]): Phrase {
  return didYouMean(name, known) ?? documentPhrases.knownHere({ names: inRow(known) })
}

export function closest(name: string, known: Iterable<string>): string | undefined {
  let best: string | undefined
  let bestDistance = Math.max(1, Math.floor(name.length / 3)) + 1
  for (const candidate of known) {
    const far = distance(name.toLowerCase(), candidate.toLowerCase(), bestDistance)
    if (far < bestDistance) {
      best = candidate
      bestDistance = far
    }
  }
  return best
}

/** Damerau-Levenshtein distance (optimal string alignment): insert, delete, replace or swap neighbours; `limit` when farther. */
function distance(left: string, right: string, limit: number): number {
  if (Math.abs(left.length - right.length) >= limit) return limit
  let beforeLast: number[] = []
  let last = Array.from({ length: right.length + 1 }, (_, index) => index)
  for (let i = 1; i <= left.length; i++) {
    const row = [i]
    for (let j = 1; j <= right.length; j++) {
      const same = left[i - 1] === right[j - 1]
      let cost = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + (same ? 0 : 1))
      if (i > 1 && j > 1 && left[i - 1] === right[j - 2] && left[i - 2] === right[j - 1])
        cost = Math.min(cost, (beforeLast[j - 2] ?? 0) + 1)
      row.push(cost)
    }
    beforeLast = last
    last = row
  }
  return last[right.length] ?? limit
}
