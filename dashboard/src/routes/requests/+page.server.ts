import type { Page, RequestSummary, Target } from '#lib/api.ts'
import { read, tell } from '#lib/server/api.ts'
import type { PageServerLoad } from './$types'

const passed = ['state', 'kind', 'source', 'target', 'q', 'cursor'] as const

/** One page of the list, for the filters in the URL, and the targets to choose from. */
export const load: PageServerLoad = async (event) => {
  const query = new URLSearchParams({ limit: '50' })
  for (const name of passed) {
    const value = event.url.searchParams.get(name)?.trim()
    if (value) query.set(name, value)
  }
  const [page, targets] = await Promise.all([
    read<Page<RequestSummary>>(event, `/requests?${query}`),
    tell<{ readonly items: readonly Target[] }>(event, 'GET', '/targets'),
  ])
  const value = (name: (typeof passed)[number]) => query.get(name) ?? ''
  return {
    page,
    query: query.toString(),
    targets: targets.ok ? targets.value.items : [],
    filter: {
      states: value('state') === '' ? [] : value('state').split(','),
      kind: value('kind'),
      source: value('source'),
      target: value('target'),
      text: value('q'),
    },
    later: query.has('cursor'),
  }
}
