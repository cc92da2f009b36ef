import type { Page, RuleSetDetail, Simulation, SimulationScope } from '#lib/api.ts'
import { read, tell } from '#lib/server/api.ts'
import { formTexts } from '#lib/server/form-text.ts'
import { refuse, settle } from '#lib/server/forms.ts'
import type { Actions, PageServerLoad } from './$types'

export const load: PageServerLoad = async (event) => {
  const path = `/rules/${encodeURIComponent(event.params.name)}`
  const [ruleSet, simulations] = await Promise.all([
    read<RuleSetDetail>(event, path),
    tell<Page<Simulation>>(event, 'GET', `${path}/simulations`),
  ])
  const wanted = Number(event.url.searchParams.get('version'))
  const version =
    ruleSet.history.find((one) => one.version === wanted)?.version ?? ruleSet.pending?.version ?? ruleSet.published?.version ?? 1
  return { ruleSet, simulations: simulations.ok ? simulations.value.items : [], version }
}

function scopeOf(fields: Readonly<Record<'scope' | 'last' | 'source', string>>): SimulationScope | null {
  if (fields.scope === 'population') return { kind: 'population', source: fields.source === '' ? null : fields.source }
  return /^[1-9]\d{0,5}$/.test(fields.last) ? { kind: 'requests', last: Number(fields.last) } : null
}

export const actions: Actions = {
  start: async (event) => {
    const fields = formTexts(await event.request.formData(), ['version', 'scope', 'last', 'source'])
    const scope = scopeOf(fields)
    if (scope === null) return refuse('start', 'missing', fields)
    const body = { version: Number(fields.version), scope }
    const answer = await tell<Simulation>(event, 'POST', `/rules/${encodeURIComponent(event.params.name)}/simulations`, body)
    return settle(event, answer, { form: 'start', fields }, ({ id }) => `/simulations/${id}`)
  },
}
