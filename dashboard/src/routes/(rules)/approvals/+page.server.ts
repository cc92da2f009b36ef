import type { Approval, Page } from '#lib/api.ts'
import { read } from '#lib/server/api.ts'
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
  const page = await read<Page<Approval>>(
    event,
    `/approvals?${queries[asked]}&limit=50${cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`}`,
  )
  // Who may decide may change between the answer's parts: what one cannot decide is not one's own to do.
  const items = asked === 'mine' ? page.items.filter(({ mayDecide }) => mayDecide) : page.items
  return { view: asked, page: { ...page, items }, later: cursor !== null, did: searchParams.get('did') }
}
