/** Loads one language's messages; each is a chunk of its own, so nobody downloads the other language. */
import type { Locale } from './locale.ts'
import type { Catalogue } from './translate.ts'

const loaders: Readonly<Record<Locale, () => Promise<{ readonly default: Catalogue }>>> = {
  fr: () => import('virtual:messages/fr'),
  en: () => import('virtual:messages/en'),
}

export async function loadCatalogue(locale: Locale): Promise<Catalogue> {
  return (await loaders[locale]()).default
}
