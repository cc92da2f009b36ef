import { error } from '@sveltejs/kit'
import type { HeldDecided, SafetyStatus } from '#lib/api.ts'
import { read, tell } from '#lib/server/api.ts'
import { formTexts } from '#lib/server/form-text.ts'
import { refuse, settle } from '#lib/server/forms.ts'
import type { Actions, PageServerLoad } from './$types'

export const load: PageServerLoad = async (event) => {
  const { searchParams } = event.url
  const [ruleSet, name] = [searchParams.get('rules'), searchParams.get('threshold')]
  const { items } = await read<{ readonly items: readonly SafetyStatus[] }>(event, '/safety')
  const thresholds = items.filter((one) => one.ruleSet === ruleSet && one.name === name)
  if (thresholds.length === 0) error(404, 'missing', { code: 'missing' })
  const [decided, left] = [searchParams.get('decided'), searchParams.get('left')]
  return {
    thresholds,
    askedUntil: new Date().toISOString(),
    did: decided === null ? null : { decided: Number(decided), left: Number(left) },
  }
}

export const actions: Actions = {
  decide: async (event) => {
    const fields = formTexts(await event.request.formData(), ['ruleSet', 'threshold', 'decision', 'askedUntil', 'reason'])
    const { ruleSet, threshold, askedUntil } = fields
    const [decision, reason] = [fields.decision === 'approve' ? 'approve' : 'refuse', fields.reason.trim()]
    if (reason.length < 3) return refuse('held', 'missing', fields)
    const answer = await tell<HeldDecided>(event, 'POST', '/safety/decisions', {
      ruleSet,
      threshold,
      decision,
      askedUntil,
      reason,
    })
    const about = new URLSearchParams({ rules: ruleSet, threshold })
    return settle(
      event,
      answer,
      { form: 'held', fields },
      ({ decided, left }) => `/approvals/held?${about}&decided=${decided}&left=${left}`,
    )
  },
}
