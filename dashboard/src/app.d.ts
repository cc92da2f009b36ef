import type { Locale } from '#lib/i18n/locale.ts'
import type { Theme } from '#lib/theme.ts'
import type { Me } from '#lib/api.ts'

declare global {
  namespace App {
    interface Error {
      /** Stable code of the API (`missing`, `forbidden`, `unavailable` …); absent for errors of the dashboard itself. */
      code?: string
      /** What a person gives to an administrator, who finds it in the log. */
      reference?: string
    }
    interface Locals {
      me: Me | null
      /** The API did not answer the question who is there. */
      apiDown: boolean
      locale: Locale
      theme: Theme
      shortcuts: boolean
      timeZone: string
      /** Set-Cookie headers of the API's answers, handed on to the browser as they are. */
      apiCookies: string[]
    }
  }
}
