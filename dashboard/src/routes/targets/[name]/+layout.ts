import { loadCatalogue } from '#lib/i18n/catalogue.ts'
import type { LayoutLoad } from './$types'

/** The words of a target's own pages. */
export const load: LayoutLoad = async ({ parent }) => {
  const { locale } = await parent()
  await loadCatalogue(locale, 'targets')
}
