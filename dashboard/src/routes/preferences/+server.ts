/** Takes the language, theme and shortcut forms of every page, and goes back to where they were posted. */
import { redirect } from '@sveltejs/kit'
import { tell } from '#lib/server/api.ts'
import { localPath } from '#lib/server/local-path.ts'
import { writePreference } from '#lib/server/preferences.ts'
import type { RequestHandler } from './$types'

export const POST: RequestHandler = async (event) => {
  const form = await event.request.formData()
  for (const [name, value] of form) {
    if (typeof value !== 'string') continue
    const locale = writePreference(event.cookies, name, value, event.url.protocol === 'https:')
    if (locale !== null && event.locals.me !== null) await tell(event, 'PATCH', '/session', { locale })
  }
  redirect(303, localPath(form.get('back')))
}
