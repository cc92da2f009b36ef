/** What a browser remembers for its reader, in cookies that the server reads: no inline script is needed to avoid a flash. */
import type { Cookies } from '@sveltejs/kit'
import { isLocale, type Locale } from '#lib/i18n/locale.ts'
import { isTheme, type Theme } from '#lib/theme.ts'

export const cookieNames = {
  theme: 'passerelle_theme',
  locale: 'passerelle_locale',
  shortcuts: 'passerelle_shortcuts',
  timeZone: 'passerelle_tz',
} as const

const oneYear = 365 * 24 * 3600

export interface Preferences {
  readonly theme: Theme
  readonly locale: Locale | null
  readonly shortcuts: boolean
  readonly timeZone: string
}

export function readPreferences(cookies: Pick<Cookies, 'get'>): Preferences {
  const theme = cookies.get(cookieNames.theme)
  const locale = cookies.get(cookieNames.locale)
  return {
    theme: isTheme(theme) ? theme : 'system',
    locale: isLocale(locale) ? locale : null,
    shortcuts: cookies.get(cookieNames.shortcuts) !== 'off',
    timeZone: knownTimeZone(cookies.get(cookieNames.timeZone)),
  }
}

/** Writes one preference; a value we do not know is ignored. Returns the locale when that is what changed. */
export function writePreference(cookies: Pick<Cookies, 'set'>, name: string, value: string, secure: boolean): Locale | null {
  const options = { path: '/', maxAge: oneYear, httpOnly: true, sameSite: 'lax', secure } as const
  if (name === 'theme' && isTheme(value)) cookies.set(cookieNames.theme, value, options)
  if (name === 'shortcuts') cookies.set(cookieNames.shortcuts, value === 'off' ? 'off' : 'on', options)
  if (name !== 'locale' || !isLocale(value)) return null
  cookies.set(cookieNames.locale, value, options)
  return value
}

function knownTimeZone(name: string | undefined): string {
  const fallback = new Intl.DateTimeFormat().resolvedOptions().timeZone
  if (name === undefined || name.length > 64) return fallback
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone
  } catch {
    return fallback
  }
}
