/**
 * What people read that is known beforehand, from closed lists: programs go by the code, and every sentence stands in both languages of the
 * product. What a list lacks in one of them does not compile.
 */

/** A text for people, in both languages of the product. */
export interface Text {
  readonly en: string
  readonly fr: string
}

export type PhraseParameters = Readonly<Record<string, string>>

/** One sentence of a list, with what stands in it. */
export interface Phrase extends Text {
  /** The list's name and its own: `ldap.bindPassword`. */
  readonly code: string
  readonly parameters: PhraseParameters
}

/** By name; a sentence with parameters is made by a function of them. */
export type Phrases = Readonly<Record<string, Phrase | ((parameters: never) => Phrase)>>

type Made<List> = {
  readonly [Name in keyof List]: List[Name] extends (parameters: infer Parameters) => Text
    ? (parameters: Parameters) => Phrase
    : Phrase
}

export function phrasesOf<const List extends Readonly<Record<string, Text | ((parameters: never) => Text)>>>(
  part: string,
  list: List,
): Made<List> {
  const made = Object.entries(list).map(([name, text]) => {
    const code = `${part}.${name}`
    if (typeof text !== 'function') return [name, { code, parameters: {}, ...text }] as const
    return [name, (parameters: PhraseParameters) => ({ code, parameters, ...text(parameters as never) })] as const
  })
  return Object.fromEntries(made) as Made<List>
}

/** The sentence of a code that came from elsewhere; null when none of these lists, which go by the first part of their codes, has it. */
export function findPhrase(lists: Readonly<Record<string, Phrases>>, code: string, parameters: PhraseParameters): Phrase | null {
  const [part = '', name = ''] = code.split('.')
  const list = Object.hasOwn(lists, part) ? lists[part] : undefined
  const found = list !== undefined && Object.hasOwn(list, name) ? list[name] : undefined
  return typeof found === 'function' ? found(parameters as never) : (found ?? null)
}

/** All sentences of a list; where a parameter stands, its name does in braces. */
export function allPhrases(list: Phrases): readonly Phrase[] {
  const names = new Proxy({}, { get: (_, name) => `{${String(name)}}` })
  return Object.values(list).map((one) => (typeof one === 'function' ? { ...one(names as never), parameters: {} } : one))
}
