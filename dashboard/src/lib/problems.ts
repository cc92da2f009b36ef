/** Codes of the API in the reader's words; a code that is newer than this dashboard still gets a sentence. */
import type { I18n } from './i18n/context.ts'
import { hasMessage } from './i18n/translate.ts'

type Words = Pick<I18n, 't' | 'catalogue'>

export function problemTitle(code: string, { t, catalogue }: Words): string {
  const key = `problem.${code}`
  return hasMessage(catalogue, key) ? t(key) : t('problem.other')
}

export function problemHint(code: string, { t, catalogue }: Words): string {
  const key = `hint.${code}`
  return hasMessage(catalogue, key) ? t(key) : t('hint.other')
}

export function eventWords(action: string, { t, catalogue }: Words): string {
  const key = `event.${action}`
  return hasMessage(catalogue, key) ? t(key) : t('event.other', { action })
}
