/** Names as part of an address: of a mailbox, a folder, a group. */
import { functionPhrases } from '../phrases/functions.ts'
import { toAscii } from './ascii.ts'
import { FunctionProblem, textArgument } from './arguments.ts'

/**
 * `$slug(text, separator?)` → lower-case ASCII letters and digits, words joined by the separator (`-` unless told; one of
 * `- _ .` or nothing). Apostrophes join: they are not word breaks.
 *
 * `$slug("De La Tour")` → `"de-la-tour"`; `$slug("O’Connor")` → `"oconnor"`; `$slug("García-López", ".")` → `"garcia.lopez"`;
 * no value, or nothing left of it → no value. Fails when the text is a list or an object, or the separator is another one.
 */
export function slug(text: unknown, separator?: unknown): string | undefined {
  const given = textArgument('$slug', 1, text)
  const between = separator === undefined || separator === null ? '-' : separator
  if (between !== '' && between !== '-' && between !== '_' && between !== '.')
    throw new FunctionProblem(functionPhrases.separator)
  if (given === undefined) return undefined
  const words = toWords(given)
  return words.length === 0 ? undefined : words.join(between)
}

/** Lower-case ASCII words of a name. */
export function toWords(text: string): string[] {
  return (
    toAscii(text)
      .toLowerCase()
      .replaceAll("'", '')
      .match(/[a-z0-9]+/g) ?? []
  )
}
