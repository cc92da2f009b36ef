import { error } from '@sveltejs/kit'
import type { SafetyStatus, Target } from '#lib/api.ts'
import { read, tell } from '#lib/server/api.ts'
import { formTexts } from '#lib/server/form-text.ts'
import { refuse, settle } from '#lib/server/forms.ts'
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
    const fields = formTexts(await event.request.formData(), ['name', 'on', 'reason'])
    const [name, reason] = [fields.name, fields.reason.trim()]
    if (reason.length < 3) return refuse('switch', 'missing', fields)
    const on = fields.on === 'true'
    const answer = await tell<Target>(event, 'POST', `/targets/${encodeURIComponent(name)}/maintenance`, { on, reason })
    if (!answer.ok && answer.status === 404) error(404, answer.code, { code: answer.code })
    return settle(event, answer, { form: 'switch', fields }, () => `/targets?switched=${encodeURIComponent(name)}`)
  },
}
