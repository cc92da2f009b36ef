import { error } from '@sveltejs/kit'
import type { Notification, Page } from '#lib/api.ts'
import { read, tell } from '#lib/server/api.ts'
import { formTexts } from '#lib/server/form-text.ts'
import { refuse, settle } from '#lib/server/forms.ts'
import { listQuery } from '#lib/server/list-query.ts'
import type { Actions, PageServerLoad } from './$types'

const filters = ['state', 'channel', 'request'] as const

export const load: PageServerLoad = async (event) => {
  const { searchParams } = event.url
  const page = await read<Page<Notification>>(event, `/notifications?${listQuery(searchParams, [...filters, 'cursor'])}`)
  return {
    page,
    filter: Object.fromEntries(filters.map((name) => [name, searchParams.get(name) ?? ''])) as Record<
      (typeof filters)[number],
      string
    >,
    later: searchParams.has('cursor'),
    asking: searchParams.get('retry'),
    did: searchParams.has('did'),
  }
}

export const actions: Actions = {
  default: async (event) => {
    const fields = formTexts(await event.request.formData(), ['id', 'reason'])
    const [id, reason] = [fields.id, fields.reason.trim()]
    if (reason.length < 3) return refuse('retry', 'missing', fields)
    const answer = await tell(event, 'POST', `/notifications/${encodeURIComponent(id)}/retry`, { reason })
    if (!answer.ok && answer.status === 404) error(404, answer.code, { code: answer.code })
    return settle(event, answer, { form: 'retry', fields }, () => '/notifications?did=retry')
  },
}
