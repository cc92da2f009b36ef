/** Codes of the API in the reader's words; a code that is newer than this dashboard still gets a sentence. */
import type { Phrase, RequestEvent, StepDetail } from './api.ts'
import type { I18n } from './i18n/context.ts'
import type { Locale } from './i18n/locale.ts'
import { hasMessage } from './i18n/translate.ts'

/** `text`: null where the gateway has no sentence in the reader's language; `original`: English words that say more than the sentence does. */
export interface Said {
  readonly text: string | null
  readonly original: string | null
}

/** The message in the reader's language. */
export function saidIn(locale: Locale, phrase: Phrase | null, message: string): Said {
  if (locale === 'en') return { text: message, original: null }
  return { text: phrase?.[locale] ?? null, original: phrase === null || phrase.en === message ? null : message }
}

type Words = Pick<I18n, 't' | 'catalogue'>

export function problemTitle(code: string, { t, catalogue }: Words): string {
  const key = `problem.${code}`
  return hasMessage(catalogue, key) ? t(key) : t('problem.other')
}

export function problemHint(code: string, { t, catalogue }: Words): string {
  const key = `hint.${code}`
  return hasMessage(catalogue, key) ? t(key) : t('hint.other')
}

/** Whether a step that was undone left something that is not as before, of which people must know. */
export function leavesSomething({ state, error }: Pick<StepDetail, 'state' | 'error'>): boolean {
  return (state === 'undone' || state === 'kept') && (error?.code === 'remains' || error?.code === 'password_reset')
}

/** One line of the history: what was done and, for a decision, what was decided. */
export function eventWords({ action, detail }: Pick<RequestEvent, 'action' | 'detail'>, { t, catalogue }: Words): string {
  const key = `event.${action}`
  if (!hasMessage(catalogue, key)) return t('event.other', { action })
  const state = `state.${String(detail['state'])}`
  return action === 'decided' && hasMessage(catalogue, state) ? t('event.outcome', { words: t(key), state: t(state) }) : t(key)
}

/** Who did it: people by their name, sources as such, and the gateway's own parts in words (`person:ada`, `source:hr`, `worker`). */
export function actorWords(actor: string, { t, catalogue }: Words): string {
  const [kind = '', name = ''] = actor.split(/:(.*)/s)
  if (kind === 'person') return name
  if (kind === 'source') return t('actor.source', { name })
  const key = `actor.${kind}`
  return hasMessage(catalogue, key) ? t(key) : actor
}
