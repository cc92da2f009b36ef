import { error, fail, redirect } from '@sveltejs/kit'
import type { RequestDetail, RequestEvent as HistoryEvent, Target } from '#lib/api.ts'
import { loginPath, read, tell } from '#lib/server/api.ts'
import { formText } from '#lib/server/form-text.ts'
import type { Actions, PageServerLoad } from './$types'

export const load: PageServerLoad = async (event) => {
  const path = `/requests/${encodeURIComponent(event.params.id)}`
  const [request, history, targets] = await Promise.all([
    read<RequestDetail>(event, path),
    tell<{ readonly items: readonly HistoryEvent[] }>(event, 'GET', `${path}/events`),
    tell<{ readonly items: readonly Target[] }>(event, 'GET', '/targets'),
  ])
  return {
    request,
    history: history.ok ? history.value.items : null,
    targets: targets.ok ? targets.value.items : [],
    asking: event.url.searchParams.has('retry'),
  }
}

export const actions: Actions = {
  retry: async (event) => {
    const form = await event.request.formData()
    const reason = formText(form, 'reason').trim()
    if (reason.length < 3) return fail(400, { retry: 'missing' as const, code: '', reason })
    const path = `/requests/${encodeURIComponent(event.params.id)}`
    const answer = await tell<RequestDetail>(event, 'POST', `${path}/retry`, { reason })
    if (answer.ok) redirect(303, `${path}?retried`)
    if (answer.status === 401) redirect(303, loginPath(event.url))
    if (answer.status === 404) error(404, answer.code, { code: answer.code })
    return fail(answer.status, { retry: 'refused' as const, code: answer.code, reason })
  },
}
