/** A request in words, such as « Arrivée d’Amélie Durand »: what people call it, instead of a kind and an id. */
import type { RequestSummary } from './api.ts'
import type { Translate } from './i18n/translate.ts'

export function titleOf(request: Pick<RequestSummary, 'kind' | 'displayName' | 'externalId'>, t: Translate): string {
  const name = request.displayName ?? request.externalId
  return t(`title.${request.kind}`, { name, elided: isElided(name) ? 'yes' : 'no' })
}

/** Whether French says « d’ » before a name: before a vowel, a mute h, and y before a consonant. */
export function isElided(name: string): boolean {
  const start = name.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase()
  return /^(?:[aeiouœæ]|h[eiouy]|y[^aeiou])/u.test(start)
}
