/** Gives every component the translator and the formats of the page being rendered, without global state on the server. */
import { createContext } from 'svelte'
import type { Format } from './format.ts'
import type { Locale } from './locale.ts'
import type { Catalogue, Translate } from './translate.ts'

export interface I18n {
  readonly locale: Locale
  readonly t: Translate
  readonly format: Format
  readonly catalogue: Catalogue
  /** The current time for ages; ticks in the browser, stands still on the server. */
  readonly clock: { readonly now: number }
}

export const [useI18n, provideI18n] = createContext<I18n>()
