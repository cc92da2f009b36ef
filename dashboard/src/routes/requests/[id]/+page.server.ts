import { error, fail, redirect } from '@sveltejs/kit'
import type { Approval, RequestDetail, RequestEvent as HistoryEvent, Target, Verb } from '#lib/api.ts'
import { loginPath, read, tell } from '#lib/server/api.ts'
import { formText } from '#lib/server/form-text.ts'
import type { Actions, PageServerLoad, RequestEvent } from './$types'

export const load: PageServerLoad = async (event) => {
  const path = `/requests/${encodeURIComponent(event.params.id)}`
  const [request, history, targets, approvals] = await Promise.all([
    read<RequestDetail>(event, path),
    tell<{ readonly items: readonly HistoryEvent[] }>(event, 'GET', `${path}/events`),
    tell<{ readonly items: readonly Target[] }>(event, 'GET', '/targets'),
    tell<{ readonly items: readonly Approval[] }>(event, 'GET', `/approvals?request=${encodeURIComponent(event.params.id)}`),
  ])
  return {
    request,
    history: history.ok ? history.value.items : null,
    targets: targets.ok ? targets.value.items : [],
    approvals: approvals.ok ? approvals.value.items : [],
    asking: event.url.searchParams.has('retry'),
  }
}

/** Every verb says why; what the API refuses is said beside the form that asked. */
async function act(event: RequestEvent, verb: Verb, more: (form: FormData) => Readonly<Record<string, string>> = () => ({})) {
  const form = await event.request.formData()
  const reason = formText(form, 'reason').trim()
  const fields = { target: '', outcome: '', rules: '', ...more(form) }
  const told = { verb, reason, ...fields }
  if (reason.length < 3) return fail(400, { ...told, refused: 'missing' as const, code: '' })
  const path = `/requests/${encodeURIComponent(event.params['id'] ?? '')}`
  const answer = await tell<RequestDetail>(event, 'POST', `${path}/${verb}`, { reason, ...more(form) })
  if (answer.ok) redirect(303, `${path}?did=${verb}`)
  if (answer.status === 401) redirect(303, loginPath(event.url))
  if (answer.status === 404) error(404, answer.code, { code: answer.code })
  return fail(answer.status, { ...told, refused: 'refused' as const, code: answer.code })
}

/** A person answers an approval, bound to the plan that the page showed. */
async function decide(event: RequestEvent) {
  const form = await event.request.formData()
  const [approval, planHash, reason] = [formText(form, 'approval'), formText(form, 'planHash'), formText(form, 'reason').trim()]
  const decision = formText(form, 'decision') === 'approve' ? 'approve' : 'refuse'
  if (reason.length < 3) return fail(400, { approval, reason, refused: 'missing' as const, code: '' })
  const answer = await tell<Approval>(event, 'POST', `/approvals/${encodeURIComponent(approval)}/decisions`, {
    decision,
    reason,
    planHash,
  })
  if (answer.ok) redirect(303, `/requests/${encodeURIComponent(event.params['id'] ?? '')}?decided=${decision}`)
  if (answer.status === 401) redirect(303, loginPath(event.url))
  return fail(answer.status, { approval, reason, refused: 'refused' as const, code: answer.code })
}

export const actions: Actions = {
  decide,
  retry: (event) => act(event, 'retry', (form) => ({ rules: formText(form, 'rules') === 'refreshed' ? 'refreshed' : 'kept' })),
  resume: (event) => act(event, 'resume'),
  cancel: (event) => act(event, 'cancel'),
  probe: (event) => act(event, 'probe'),
  attest: (event) => act(event, 'attest', (form) => ({ target: formText(form, 'target'), outcome: formText(form, 'outcome') })),
}
