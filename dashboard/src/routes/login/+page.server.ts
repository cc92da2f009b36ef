import { fail, redirect } from '@sveltejs/kit'
import type { Me } from '#lib/api.ts'
import { tell } from '#lib/server/api.ts'
import { formText } from '#lib/server/form-text.ts'
import { localPath } from '#lib/server/local-path.ts'
import type { Actions, PageServerLoad } from './$types'

export const load: PageServerLoad = ({ locals, url }) => {
  const next = localPath(url.searchParams.get('next'))
  if (locals.me !== null) redirect(303, next)
  return { next, returning: url.searchParams.has('next') }
}

export const actions: Actions = {
  default: async (event) => {
    const form = await event.request.formData()
    const name = formText(form, 'name').trim()
    const password = formText(form, 'password')
    if (name === '' || password === '') return fail(400, { name, problem: 'missing' as const })
    const answer = await tell<Me>(event, 'POST', '/session', { name, password })
    if (answer.ok) redirect(303, localPath(form.get('next')))
    const problem: 'slow' | 'down' | 'wrong' = answer.status === 429 ? 'slow' : answer.status >= 500 ? 'down' : 'wrong'
    return fail(answer.status, { name, problem })
  },
}
