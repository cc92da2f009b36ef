import { error, fail, redirect } from '@sveltejs/kit'
import type { SafetyStatus, Target } from '#lib/api.ts'
import { loginPath, read, tell } from '#lib/server/api.ts'
import { formText } from '#lib/server/form-text.ts'
import type { Actions, PageServerLoad } from './$types'

export const load: PageServerLoad = async (event) => {
  const [targets, safety] = await Promise.all([
    read<{ readonly items: readonly Target[] }>(event, '/targets'),
    tell<{ readonly items: readonly SafetyStatus[] }>(event, 'GET', '/safety'),
  ])
  return {
    targets: targets.items,
    thresholds: safety.ok ? safety.value.items : [],
    asking: event.url.searchParams.get('switch'),
    switched: event.url.searchParams.get('switched'),
  }
}

export const actions: Actions = {
  default: async (event) => {
    const form = await event.request.formData()
    const [name, reason] = [formText(form, 'name'), formText(form, 'reason').trim()]
    if (reason.length < 3) return fail(400, { name, reason, problem: 'missing' as const, code: '' })
    const on = formText(form, 'on') === 'true'
    const answer = await tell<Target>(event, 'POST', `/targets/${encodeURIComponent(name)}/maintenance`, { on, reason })
    if (answer.ok) redirect(303, `/targets?switched=${encodeURIComponent(name)}`)
    if (answer.status === 401) redirect(303, loginPath(event.url))
    if (answer.status === 404) error(404, answer.code, { code: answer.code })
    return fail(answer.status, { name, reason, problem: 'refused' as const, code: answer.code })
  },
}
