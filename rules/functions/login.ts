/** The account name most organisations use: first letter of the given name, then the family name. */
import { countArgument, textArgument } from './arguments.ts'
import { toWords } from './slug.ts'

/** sAMAccountName holds 20 characters ([MS-ADTS] 3.1.1.2), the shortest limit among the usual targets. */
const defaultLength = 20

/**
 * `$login(givenName, familyName, length?)` → lower-case ASCII letters and digits: the given name's first letter and the whole family
 * name, cut to `length` (20 unless told, 1 to 64). Not unique by itself: see `$unique`.
 *
 * `$login("Zoé", "Müller")` → `"zmuller"`; `$login("Jean-Pierre", "De La Tour")` → `"jdelatour"`; `$login("Siobhán", "O'Connor")` →
 * `"soconnor"`; without given name the family name alone, without family name the whole given name; without both, or in a script
 * that has no ASCII form → no value. Fails when a name is a list or an object.
 */
export function login(givenName: unknown, familyName: unknown, length?: unknown): string | undefined {
  const given = toWords(textArgument('$login', 1, givenName) ?? '').join('')
  const family = toWords(textArgument('$login', 2, familyName) ?? '').join('')
  const longest = countArgument('$login', 3, length, 1, 64) ?? defaultLength
  const whole = family === '' ? given : given.slice(0, 1) + family
  return whole === '' ? undefined : whole.slice(0, longest)
}
