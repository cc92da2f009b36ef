/** Which of a connector's settings count, by what others beside them say. */
import type { FormField } from './api.ts'

/** The settings of one group, and what they say. */
export interface Beside {
  readonly fields: readonly FormField[]
  readonly values: Readonly<Record<string, unknown>>
}

/** What is wrong with one setting. */
export interface Problem {
  readonly words: string
  /** Where they are not in the reader's language. */
  readonly lang?: 'en'
}

/** `valueOf` answers what a setting beside this one says; undefined: nothing, so that its usual value holds. */
export function counts({ when }: FormField, beside: readonly FormField[], valueOf: (name: string) => unknown): boolean {
  if (when === null) return true
  const usual = beside.find(({ name }) => name === when.field)?.default
  return when.values.includes(String(valueOf(when.field) ?? usual))
}
