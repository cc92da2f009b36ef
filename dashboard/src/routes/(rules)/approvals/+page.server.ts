import type { Approval, Page, SafetyStatus } from '#lib/api.ts'
import { read, tell } from '#lib/server/api.ts'
import type { PageServerLoad } from './$types'

const views = ['mine', 'open', 'decided'] as const
export type View = (typeof views)[number]

const queries: Readonly<Record<View, string>> = {
  mine: 'state=open&mine=true',
  open: 'state=open,waiting',
  decided: 'state=approved,refused,expired,closed',
}

export const load: PageServerLoad = async (event) => {
  const { searchParams } = event.url
  const asked = views.find((view) => view === searchParams.get('view')) ?? 'mine'
  const cursor = searchParams.get('cursor')
  const query = `${queries[asked]}&limit=50${cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`}`
  const [page, safety] = await Promise.all([
    read<Page<Approval>>(event, `/approvals?${query}`),
    tell<{ readonly items: readonly SafetyStatus[] }>(event, 'GET', '/safety'),
  ])
  // Who may decide may change between the answer's parts: what one cannot decide is not one's own to do.
  const items = asked === 'mine' ? page.items.filter(({ mayDecide }) => mayDecide) : page.items
  return {
    view: asked,
    page: { ...page, items },
    thresholds: safety.ok ? safety.value.items : [],
    later: cursor !== null,
    did: searchParams.get('did'),
  }
}
