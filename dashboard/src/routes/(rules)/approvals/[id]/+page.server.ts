import type { Approval, ApprovalDetail, Delegation, RequestDetail } from '#lib/api.ts'
import { read, tell } from '#lib/server/api.ts'
import { formTexts } from '#lib/server/form-text.ts'
import { refuse, settle } from '#lib/server/forms.ts'
import type { Actions, PageServerLoad } from './$types'

export const load: PageServerLoad = async (event) => {
  const approval = await read<ApprovalDetail>(event, `/approvals/${encodeURIComponent(event.params.id)}`)
  const request = await tell<RequestDetail>(event, 'GET', `/requests/${approval.requestId}`)
  return {
    approval,
    /** The plan that would be carried out now is not the one that is asked about. */
    isStale: request.ok && request.value.plan.hash !== approval.planHash,
    requestState: request.ok ? request.value.state : null,
    did: event.url.searchParams.get('did'),
  }
}

export const actions: Actions = {
  decide: async (event) => {
    const fields = formTexts(await event.request.formData(), ['decision', 'reason', 'planHash'])
    const { planHash } = fields
    const decision = fields.decision === 'approve' ? 'approve' : 'refuse'
    const reason = fields.reason.trim()
    if (reason.length < 3) return refuse('decide', 'missing', fields)
    const path = `/approvals/${encodeURIComponent(event.params.id)}`
    const answer = await tell<Approval>(event, 'POST', `${path}/decisions`, { decision, reason, planHash })
    return settle(event, answer, { form: 'decide', fields }, () => `${path}?did=${decision}`)
  },
  delegate: async (event) => {
    const fields = formTexts(await event.request.formData(), ['to', 'reason'])
    const [to, reason] = [fields.to.trim(), fields.reason.trim()]
    if (to === '' || reason.length < 3) return refuse('delegate', 'missing', fields)
    const path = `/approvals/${encodeURIComponent(event.params.id)}`
    const answer = await tell<Delegation>(event, 'POST', `${path}/delegate`, { to, reason })
    return settle(event, answer, { form: 'delegate', fields }, () => `${path}?did=delegate`)
  },
}
