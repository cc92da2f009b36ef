/** Runs the messages that `messages/plugin.ts` compiled: looks up a key, fills arguments, chooses plural forms. */
import type fr from '../../../messages/fr.json'
import type departures from '../../../messages/departures/fr.json'
import type notifications from '../../../messages/notifications/fr.json'
import type reconciliation from '../../../messages/reconciliation/fr.json'
import type requests from '../../../messages/requests/fr.json'
import type rules from '../../../messages/rules/fr.json'
import type targets from '../../../messages/targets/fr.json'
import type { Locale } from './locale.ts'

export type MessageKey =
  | keyof typeof fr
  | keyof typeof requests
  | keyof typeof rules
  | keyof typeof targets
  | keyof typeof departures
  | keyof typeof notifications
  | keyof typeof reconciliation
export type Arguments = Readonly<Record<string, string | number>>

type Cases = Readonly<Record<string, () => string>>

/** What compiled messages call: show, number, plural, choose. */
export interface Forms {
  readonly s: (value: string | number | undefined) => string
  readonly n: (value: string | number | undefined) => string
  readonly p: (value: string | number | undefined, cases: Cases) => string
  readonly c: (value: string | number | undefined, cases: Cases) => string
}

export type Message = string | ((values: Arguments, forms: Forms) => string)
/** The parts that are loaded so far. */
export type Catalogue = Readonly<Partial<Record<MessageKey, Message>>>
export type Translate = (key: MessageKey, values?: Arguments) => string

export function createForms(locale: Locale): Forms {
  const plural = new Intl.PluralRules(locale)
  const number = new Intl.NumberFormat(locale)
  return {
    s: (value) => String(value ?? ''),
    n: (value) => number.format(Number(value)),
    p: (value, cases) => (cases[`=${value}`] ?? cases[plural.select(Number(value))] ?? cases['other'])?.() ?? '',
    c: (value, cases) => (cases[String(value)] ?? cases['other'])?.() ?? '',
  }
}

/** A translator over one catalogue. An unknown key cannot be asked for: keys are typed after the French files. */
export function createTranslate(catalogue: Catalogue, locale: Locale): Translate {
  const forms = createForms(locale)
  return (key, values = {}) => {
    const message = catalogue[key]
    if (message === undefined) throw new Error(`the messages with ${key} are not loaded: does the page's layout load them?`)
    return typeof message === 'function' ? message(values, forms) : message
  }
}

/** Narrows a code of the API to a message key, so that a code that is newer than this dashboard falls back to words. */
export function hasMessage(catalogue: Catalogue, key: string): key is MessageKey {
  return Object.hasOwn(catalogue, key)
}
