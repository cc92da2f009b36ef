import { loadCatalogue } from '#lib/i18n/catalogue.ts'
import type { LayoutLoad } from './$types'

/** The words of these pages, before any of them is rendered. */
export const load: LayoutLoad = async ({ parent }) => {
  const { locale } = await parent()
  await loadCatalogue(locale, 'notifications')
}
