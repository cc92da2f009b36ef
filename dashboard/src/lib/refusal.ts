import type { Phrase } from './api.ts'

/** What a form is told when nothing was done: which of a page's forms it was, what is wrong, what stood in its fields. */
export interface Refusal {
  readonly form: string
  /** `missing`: a reason or a field was left out, or cannot be read; else the API's stable code. */
  readonly code: string
  /** The API's own words, which are English. */
  readonly detail: string | null
  /** What the API says in both languages, and what to do, where it has sentences. */
  readonly phrase?: Phrase | undefined
  readonly advice?: Phrase | undefined
  readonly fields: Readonly<Record<string, string>>
}

/** What is told of one of a page's forms; null for the others. */
export function refusalOf(form: Refusal | null | undefined, name: string): Refusal | null {
  return form?.form === name ? form : null
}
