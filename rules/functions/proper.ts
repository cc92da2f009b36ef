/** Names as people write them; sources often hold them in capitals. */
import { textArgument } from './arguments.ts'

/**
 * `$proper(text)` → every word with a capital, the rest small; words end at blanks, hyphens and apostrophes. A word that already
 * mixes capitals and small letters is somebody's own spelling and stays (McDonald, DeVito). Blanks are trimmed and made single.
 *
 * `$proper("DE LA TOUR")` → `"De La Tour"`; `$proper("o'connor")` → `"O'Connor"`; `$proper("GARCÍA-LÓPEZ")` → `"García-López"`;
 * `$proper("ŒUVRARD")` → `"Œuvrard"`; no value → no value. Fails when the argument is a list or an object.
 */
export function proper(text: unknown): string | undefined {
  const given = textArgument('$proper', 1, text)?.normalize('NFC').trim().replace(/\s+/gu, ' ')
  return given === undefined || given === '' ? undefined : given.replace(/[\p{L}\p{M}\p{N}]+/gu, toProperWord)
}

function toProperWord(word: string): string {
  const [first = '', ...others] = word
  const rest = others.join('')
  const ownSpelling = rest !== rest.toLowerCase() && word !== word.toUpperCase()
  return ownSpelling ? word : first.toUpperCase() + rest.toLowerCase()
}
