/** What a simulation tried, in words. */
import type { SimulationScope } from './api.ts'
import type { Translate } from './i18n/translate.ts'

export function scopeWords(scope: SimulationScope, t: Translate): string {
  if (scope.kind === 'requests') return t('simulation.of.requests', { count: scope.last })
  return scope.source === null ? t('simulation.of.everybody') : t('simulation.of.source', { source: scope.source })
}
