import type { Finding } from '#lib/api.ts'
import { read, tell } from '#lib/server/api.ts'
import { formTexts } from '#lib/server/form-text.ts'
import { refuse, settle } from '#lib/server/forms.ts'
import { instantOf } from '#lib/server/local-time.ts'
import type { Actions, PageServerLoad } from './$types'

export const load: PageServerLoad = async (event) => ({
  finding: await read<Finding>(event, `/findings/${encodeURIComponent(event.params.id)}`),
  did: event.url.searchParams.get('did'),
})

const pathOf = (id: string) => `/findings/${encodeURIComponent(id)}`
const nextOf = (id: string, did: string) => `/reconciliations/findings/${encodeURIComponent(id)}?did=${did}`

export const actions: Actions = {
  repair: async (event) => {
    const { id } = event.params
    const fields = formTexts(await event.request.formData(), ['reason'])
    const reason = fields.reason.trim()
    if (reason.length < 3) return refuse('repair', 'missing', fields)
    const answer = await tell(event, 'POST', `${pathOf(id)}/repair`, { reason })
    return settle(event, answer, { form: 'repair', fields }, () => nextOf(id, 'repair'))
  },
  adopt: async (event) => {
    const { id } = event.params
    const fields = formTexts(await event.request.formData(), ['source', 'externalId', 'reason'])
    const [source, externalId, reason] = [fields.source.trim(), fields.externalId.trim(), fields.reason.trim()]
    if (reason.length < 3 || source === '' || externalId === '') return refuse('adopt', 'missing', fields)
    const answer = await tell(event, 'POST', `${pathOf(id)}/adopt`, { source, externalId, reason })
    return settle(event, answer, { form: 'adopt', fields }, () => nextOf(id, 'adopt'))
  },
  ignore: async (event) => {
    const { id } = event.params
    const fields = formTexts(await event.request.formData(), ['until', 'reason'])
    const [until, reason] = [instantOf(fields.until, event.locals.timeZone), fields.reason.trim()]
    if (until === null || reason.length < 3) return refuse('ignore', 'unprocessable', fields)
    const answer = await tell(event, 'POST', `${pathOf(id)}/ignore`, { until, reason })
    return settle(event, answer, { form: 'ignore', fields }, () => nextOf(id, 'ignore'))
  },
}
