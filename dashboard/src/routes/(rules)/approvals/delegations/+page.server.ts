import type { Delegation } from '#lib/api.ts'
import { read, tell } from '#lib/server/api.ts'
import { formTexts } from '#lib/server/form-text.ts'
import { refuse, settle } from '#lib/server/forms.ts'
import { instantOf } from '#lib/server/local-time.ts'
import type { Actions, PageServerLoad } from './$types'

export const load: PageServerLoad = async (event) => ({
  delegations: (await read<{ readonly items: readonly Delegation[] }>(event, '/delegations')).items,
  did: event.url.searchParams.get('did'),
})

export const actions: Actions = {
  give: async (event) => {
    const fields = formTexts(await event.request.formData(), ['to', 'reason', 'startsAt', 'endsAt'])
    const [to, reason] = [fields.to.trim(), fields.reason.trim()]
    const { timeZone } = event.locals
    const startsAt = fields.startsAt === '' ? null : instantOf(fields.startsAt, timeZone)
    const endsAt = instantOf(fields.endsAt, timeZone)
    if (to === '' || reason.length < 3 || endsAt === null || (fields.startsAt !== '' && startsAt === null))
      return refuse('give', 'missing', fields)
    const answer = await tell<Delegation>(event, 'POST', '/delegations', {
      to,
      reason,
      endsAt,
      ...(startsAt === null ? {} : { startsAt }),
    })
    return settle(event, answer, { form: 'give', fields }, () => '/approvals/delegations?did=give')
  },
  revoke: async (event) => {
    const fields = formTexts(await event.request.formData(), ['id'])
    const answer = await tell(event, 'DELETE', `/delegations/${encodeURIComponent(fields.id)}`)
    return settle(event, answer, { form: 'revoke', fields }, () => '/approvals/delegations?did=revoke')
  },
}
