/**
 * Loads one language's messages, part by part: nobody downloads the other language, nor the words of pages not visited. What is loaded
 * joins what was there, so that a translator made for the shell knows the words of every later page.
 */
import type { Locale } from './locale.ts'
import type { Catalogue } from './translate.ts'

type Load = () => Promise<{ readonly default: Catalogue }>

const loaders: Readonly<
  Record<
    'shell' | 'requests' | 'rules' | 'targets' | 'reconciliation' | 'departures' | 'notifications',
    Readonly<Record<Locale, Load>>
  >
> = {
  shell: { fr: () => import('virtual:messages/fr'), en: () => import('virtual:messages/en') },
  requests: { fr: () => import('virtual:messages/requests/fr'), en: () => import('virtual:messages/requests/en') },
  rules: { fr: () => import('virtual:messages/rules/fr'), en: () => import('virtual:messages/rules/en') },
  targets: { fr: () => import('virtual:messages/targets/fr'), en: () => import('virtual:messages/targets/en') },
  reconciliation: {
    fr: () => import('virtual:messages/reconciliation/fr'),
    en: () => import('virtual:messages/reconciliation/en'),
  },
  departures: { fr: () => import('virtual:messages/departures/fr'), en: () => import('virtual:messages/departures/en') },
  notifications: { fr: () => import('virtual:messages/notifications/fr'), en: () => import('virtual:messages/notifications/en') },
}
const loaded: Readonly<Record<Locale, Catalogue>> = { fr: {}, en: {} }

export async function loadCatalogue(locale: Locale, part: keyof typeof loaders): Promise<Catalogue> {
  return Object.assign(loaded[locale], (await loaders[part][locale]()).default)
}
