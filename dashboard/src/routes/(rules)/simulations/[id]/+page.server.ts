import type { Page, Simulation, SimulationResult } from '#lib/api.ts'
import { read, tell } from '#lib/server/api.ts'
import { settle } from '#lib/server/forms.ts'
import type { Actions, PageServerLoad } from './$types'

const passed = ['outcome', 'kind', 'target', 'attribute', 'cursor'] as const

export const load: PageServerLoad = async (event) => {
  const path = `/simulations/${encodeURIComponent(event.params.id)}`
  const query = new URLSearchParams({ limit: '50' })
  for (const name of passed) {
    const value = event.url.searchParams.get(name)
    if (value) query.set(name, value)
  }
  // What changed is what one came for; the same is a matter of one word.
  if (!query.has('outcome')) query.set('outcome', 'changed')
  if (query.get('outcome') === 'all') query.delete('outcome')
  const [simulation, results] = await Promise.all([
    read<Simulation>(event, path),
    read<Page<SimulationResult>>(event, `${path}/results?${query}`),
  ])
  const value = (name: (typeof passed)[number]) => query.get(name) ?? ''
  return {
    simulation,
    results,
    filter: { outcome: value('outcome') || 'all', kind: value('kind'), target: value('target'), attribute: value('attribute') },
    later: query.has('cursor'),
  }
}

export const actions: Actions = {
  cancel: async (event) => {
    const path = `/simulations/${encodeURIComponent(event.params.id)}`
    const answer = await tell<Simulation>(event, 'POST', `${path}/cancel`, {})
    return settle(event, answer, { form: 'cancel', fields: {} }, () => path)
  },
}
