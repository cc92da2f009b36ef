import type { Finding, Page, Reconciliation } from '#lib/api.ts'
import { read, tell } from '#lib/server/api.ts'
import { formTexts } from '#lib/server/form-text.ts'
import { refuse, settle } from '#lib/server/forms.ts'
import type { Actions, PageServerLoad } from './$types'

export const load: PageServerLoad = async (event) => {
  const { searchParams } = event.url
  const query = new URLSearchParams({ limit: '50', reconciliation: event.params.id })
  for (const name of ['kind', 'cursor']) {
    const value = searchParams.get(name)
    if (value) query.set(name, value)
  }
  const [run, findings] = await Promise.all([
    read<Reconciliation>(event, `/reconciliations/${encodeURIComponent(event.params.id)}`),
    read<Page<Finding>>(event, `/findings?${query}`),
  ])
  return { run, findings, kind: query.get('kind'), later: query.has('cursor') }
}

export const actions: Actions = {
  cancel: async (event) => {
    const fields = formTexts(await event.request.formData(), ['reason'])
    const reason = fields.reason.trim()
    if (reason.length < 3) return refuse('cancel', 'missing', fields)
    const path = `/reconciliations/${encodeURIComponent(event.params.id)}`
    return settle(event, await tell(event, 'POST', `${path}/cancel`, { reason }), { form: 'cancel', fields }, () => path)
  },
}
