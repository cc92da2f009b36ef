/**
 * What is wrong with a setting, as a sentence of a closed list: what a connector's schema says by itself, or what Valibot found. Valibot's own
 * messages quote what they received, which may be a password.
 */
import { egressPhrases } from '#core/egress-phrases.ts'
import { allPhrases, phrasesOf, type Phrase, type Phrases } from '#core/phrase.ts'
import type { Connector } from '#connectors/kit/connector.ts'
import { directoryPhrases } from '#connectors/kit/ldap/phrases.ts'
import { kitPhrases } from '#connectors/kit/phrases.ts'
import type * as v from 'valibot'

type Issue = v.BaseIssue<unknown>

export const settingPhrases = phrasesOf('setting', {
  missing: { en: 'It is required', fr: 'Il est obligatoire' },
  unknown: { en: 'There is no setting of this name', fr: 'Aucun paramètre ne porte ce nom' },
  text: { en: 'It is a text', fr: 'C’est un texte' },
  number: { en: 'It is a number', fr: 'C’est un nombre' },
  whole: { en: 'It is a whole number', fr: 'C’est un nombre entier' },
  boolean: { en: 'It is true or false', fr: 'C’est true ou false' },
  list: { en: 'It is a list', fr: 'C’est une liste' },
  group: { en: 'It is a group of settings', fr: 'C’est un groupe de paramètres' },
  empty: { en: 'It cannot be empty', fr: 'Il ne peut pas être vide' },
  choice: ({ values }: { readonly values: string }) => ({
    en: `It is one of ${values}`,
    fr: `C’est l’un de ceux-ci : ${values}`,
  }),
  least: ({ value }: { readonly value: string }) => ({ en: `It is at least ${value}`, fr: `C’est au moins ${value}` }),
  most: ({ value }: { readonly value: string }) => ({ en: `It is at most ${value}`, fr: `C’est au plus ${value}` }),
  shortest: ({ count }: { readonly count: string }) => ({
    en: `Its length is at least ${count}`,
    fr: `Sa longueur est d’au moins ${count}`,
  }),
  longest: ({ count }: { readonly count: string }) => ({
    en: `Its length is at most ${count}`,
    fr: `Sa longueur est d’au plus ${count}`,
  }),
  form: { en: 'It is not in the form that is expected', fr: 'Il n’a pas la forme attendue' },
})

/** The lists that a connector speaks from. */
export function listsOf({ phrases }: Pick<Connector, 'phrases'>): readonly Phrases[] {
  return [egressPhrases, kitPhrases, directoryPhrases, settingPhrases, ...(phrases === undefined ? [] : [phrases])]
}

/** null: the schema says it in words of its own, which stand in none of the lists. */
export function problemPhrase(issue: Issue, lists: readonly Phrases[] = []): Phrase | null {
  if (issue.message.startsWith('Invalid ')) return foundBySchema(issue)
  return lists.flatMap(allPhrases).find(({ en }) => en === issue.message) ?? null
}

function foundBySchema({ type, expected, requirement }: Issue): Phrase {
  switch (type) {
    case 'string':
      return settingPhrases.text
    case 'number':
      return settingPhrases.number
    case 'integer':
    case 'safe_integer':
      return settingPhrases.whole
    case 'boolean':
      return settingPhrases.boolean
    case 'array':
      return settingPhrases.list
    case 'non_empty':
      return settingPhrases.empty
    case 'picklist':
    case 'literal':
    case 'variant':
      return expected === 'Object' ? settingPhrases.group : settingPhrases.choice({ values: valuesOf(expected) })
    case 'min_value':
      return settingPhrases.least({ value: String(requirement) })
    case 'max_value':
      return settingPhrases.most({ value: String(requirement) })
    case 'min_length':
      return settingPhrases.shortest({ count: String(requirement) })
    case 'max_length':
      return settingPhrases.longest({ count: String(requirement) })
    default:
      return ofObject(type, expected)
  }
}

/** Valibot says of a strict object what it lacks (`"url"`), or that something is not its own (`never`). */
function ofObject(type: string, expected: string | null): Phrase {
  if (expected === 'never') return settingPhrases.unknown
  if (expected?.startsWith('"') === true && type.endsWith('object')) return settingPhrases.missing
  return type.endsWith('object') || type === 'record' ? settingPhrases.group : settingPhrases.form
}

/** `("tables" | "accounts")` */
function valuesOf(expected: string | null): string {
  return (expected ?? '').replaceAll(/[()"]/g, '').replaceAll(' | ', ', ')
}
