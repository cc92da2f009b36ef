import type { LayoutServerLoad } from './$types'

/** What every page knows: who reads it, how, and the server's time for the first paint. */
export const load: LayoutServerLoad = ({ locals }) => ({
  me: locals.me,
  locale: locals.locale,
  theme: locals.theme,
  shortcuts: locals.shortcuts,
  timeZone: locals.timeZone,
  renderedAt: Date.now(),
})
