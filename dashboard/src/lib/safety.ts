/** Why a safety threshold holds a request, in the reader's words. */
import type { Approval, Words } from './api.ts'
import type { I18n } from './i18n/context.ts'

type Reason = NonNullable<Approval['reason']>

/** The API tells numbers, or already a sentence in both languages. */
export function heldWords(reason: Reason | Words, { t, format, locale }: Pick<I18n, 't' | 'format' | 'locale'>): string {
  if ('fr' in reason) return reason[locale]
  const { operations, withinSeconds, exceeded, threshold } = reason
  const operation = operations.length === 1 ? (operations[0] ?? 'both') : 'both'
  const sentences = exceeded.map(({ target, used, limit, known }) =>
    t('safety.excess', {
      operation,
      used,
      limit,
      time: format.duration(withinSeconds * 1000),
      place: target === null ? 'all' : 'target',
      target: target ?? '',
      known: known === null ? 'none' : format.number(known),
    }),
  )
  return t('safety.reason', { threshold, what: format.list(sentences) })
}
