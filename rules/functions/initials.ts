/** Initials, as on a badge or in a directory's `initials` attribute. */
import { textArgument } from './arguments.ts'

/**
 * `$initials(name, name?, name?)` → the first letter of every word of the names, as capitals. Blanks and hyphens separate words,
 * apostrophes do not. Accents stay; wrap it in `$ascii` where they must not.
 *
 * `$initials("Jean-Pierre", "De La Tour")` → `"JPDLT"`; `$initials("Élodie", "O'Connor")` → `"ÉO"`; no value → no value.
 * Fails when a name is a list or an object.
 */
export function initials(first: unknown, second?: unknown, third?: unknown): string | undefined {
  const names = [first, second, third].flatMap((name, index) => textArgument('$initials', index + 1, name) ?? [])
  const words = names.flatMap((name) => name.normalize('NFC').split(/[\s\p{Pd}]+/u))
  const letters = words.map((word) => /[\p{L}\p{N}]/u.exec(word)?.[0].toUpperCase() ?? '').join('')
  return letters === '' ? undefined : letters
}
