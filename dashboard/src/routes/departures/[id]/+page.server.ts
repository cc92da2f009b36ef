import type { Departure } from '#lib/api.ts'
import { read, tell } from '#lib/server/api.ts'
import { formTexts } from '#lib/server/form-text.ts'
import { refuse, settle } from '#lib/server/forms.ts'
import { instantOf } from '#lib/server/local-time.ts'
import type { Actions, PageServerLoad } from './$types'

export const load: PageServerLoad = async (event) => ({
  departure: await read<Departure>(event, `/departures/${encodeURIComponent(event.params.id)}`),
  did: event.url.searchParams.get('did'),
})

const pathOf = (id: string) => `/departures/${encodeURIComponent(id)}`

export const actions: Actions = {
  postpone: async (event) => {
    const { id } = event.params
    const fields = formTexts(await event.request.formData(), ['until', 'reason'])
    const [until, reason] = [instantOf(fields.until, event.locals.timeZone), fields.reason.trim()]
    if (until === null || reason.length < 3) return refuse('postpone', 'unprocessable', fields)
    const answer = await tell(event, 'POST', `${pathOf(id)}/postpone`, { until, reason })
    return settle(event, answer, { form: 'postpone', fields }, () => `${pathOf(id)}?did=postpone`)
  },
  keep: async (event) => {
    const { id } = event.params
    const fields = formTexts(await event.request.formData(), ['reason'])
    const reason = fields.reason.trim()
    if (reason.length < 3) return refuse('keep', 'missing', fields)
    const answer = await tell(event, 'POST', `${pathOf(id)}/keep`, { reason })
    return settle(event, answer, { form: 'keep', fields }, () => `${pathOf(id)}?did=keep`)
  },
}
