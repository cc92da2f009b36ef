/** What reconciliations found, in words. */
import type { FindingPerson, Reconciliation } from './api.ts'
import type { I18n } from './i18n/context.ts'
import { actorWords } from './problems.ts'

/** In the order in which they are looked at. */
export const findingKinds = [
  'missing',
  'orphan',
  'divergent',
  'adopted',
] as const satisfies readonly (keyof Reconciliation['counts'])[]

export function starterWords(by: string, i18n: I18n): string {
  return by === 'schedule' ? i18n.t('reconciliation.by.schedule') : actorWords(by, i18n)
}

export function personWords({ displayName, externalId }: FindingPerson): string {
  return displayName ?? externalId
}
