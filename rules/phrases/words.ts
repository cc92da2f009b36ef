/** What stands in the sentences of the rules and is no name: kinds of values, and lists of what may stand somewhere. */
import type { Text } from '#core/phrase.ts'

const kinds: Readonly<Record<string, Text>> = {
  nothing: { en: 'nothing', fr: 'rien' },
  list: { en: 'a list', fr: 'une liste' },
  emptyList: { en: 'an empty list', fr: 'une liste vide' },
  object: { en: 'an object', fr: 'un objet' },
  mapping: { en: 'a mapping', fr: 'un groupe d’entrées' },
  text: { en: 'a text', fr: 'un texte' },
  otherText: { en: 'another text', fr: 'un autre texte' },
  other: { en: 'something else', fr: 'autre chose' },
  string: { en: 'a string', fr: 'un texte' },
  number: { en: 'a number', fr: 'un nombre' },
  bigint: { en: 'a bigint', fr: 'un grand nombre' },
  boolean: { en: 'a boolean', fr: 'un booléen' },
  function: { en: 'a function', fr: 'une fonction' },
  symbol: { en: 'a symbol', fr: 'un symbole' },
  undefined: { en: 'a undefined', fr: 'aucune valeur' },
}

/** The kind of a value by its name in `kinds`; a name that stands for itself is left as it is. */
export function kindWords(kind: string): Text {
  const known = Object.hasOwn(kinds, kind) ? kinds[kind] : undefined
  return known ?? { en: kind, fr: kind }
}

/** As Valibot says what it expected: `"strong" | "weak"`, `Object | string`. */
export function expectedWords(expected: string): Text {
  const words = expected
    .split(' | ')
    .map((one) => (Object.hasOwn(expectable, one) ? expectable[one] : undefined) ?? { en: one, fr: one })
  return {
    en: expected === 'string' ? kindWords('text').en : words.map(({ en }) => en).join(' or '),
    fr: words.map(({ fr }) => fr).join(' ou '),
  }
}

const expectable: Readonly<Record<string, Text>> = {
  '': kindWords('other'),
  Object: kindWords('mapping'),
  Array: kindWords('list'),
  string: { en: 'string', fr: 'un texte' },
  number: { en: 'number', fr: 'un nombre' },
  boolean: { en: 'boolean', fr: 'un booléen' },
}

/** Names in a row, as they were written. */
export function inRow(names: readonly string[]): string {
  return names.join(', ')
}

/** Values in a row, as they are written in expressions. */
export function quoted(values: readonly string[]): string {
  return inRow(values.map((one) => `"${one}"`))
}
