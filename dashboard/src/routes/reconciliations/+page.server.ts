import type { Page, Reconciliation, Target } from '#lib/api.ts'
import { read, tell } from '#lib/server/api.ts'
import { formTexts } from '#lib/server/form-text.ts'
import { refuse, settle } from '#lib/server/forms.ts'
import type { Actions, PageServerLoad } from './$types'

export const load: PageServerLoad = async (event) => {
  const cursor = event.url.searchParams.get('cursor')
  const [targets, runs] = await Promise.all([
    read<{ readonly items: readonly Target[] }>(event, '/targets'),
    read<Page<Reconciliation>>(
      event,
      `/reconciliations?limit=50${cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`}`,
    ),
  ])
  return { targets: targets.items.map(({ name }) => name), runs, later: cursor !== null }
}

export const actions: Actions = {
  start: async (event) => {
    const fields = formTexts(await event.request.formData(), ['target', 'reason'])
    const [target, reason] = [fields.target, fields.reason.trim()]
    if (reason.length < 3) return refuse('start', 'missing', fields)
    const answer = await tell<Reconciliation>(event, 'POST', '/reconciliations', { target, reason })
    return settle(event, answer, { form: 'start', fields }, ({ id }) => `/reconciliations/${id}`)
  },
}
