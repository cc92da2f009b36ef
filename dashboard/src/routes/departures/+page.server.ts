import type { Departure, Page, Target } from '#lib/api.ts'
import { read } from '#lib/server/api.ts'
import { listQuery } from '#lib/server/list-query.ts'
import { instantOf } from '#lib/server/local-time.ts'
import type { PageServerLoad } from './$types'

const filters = ['state', 'source', 'target', 'externalId', 'until'] as const

export const load: PageServerLoad = async (event) => {
  const { searchParams } = event.url
  const query = listQuery(searchParams, [...filters, 'cursor'])
  // A day is meant to its end, by the reader's clock; what is none filters nothing.
  const until = instantOf(`${query.get('until') ?? ''}T23:59:59`, event.locals.timeZone)
  if (until === null) query.delete('until')
  else query.set('until', until)
  const [targets, page] = await Promise.all([
    read<{ readonly items: readonly Target[] }>(event, '/targets'),
    read<Page<Departure>>(event, `/departures?${query}`),
  ])
  return {
    page,
    targets: targets.items.map(({ name }) => name),
    filter: Object.fromEntries(filters.map((name) => [name, searchParams.get(name) ?? ''])) as Record<
      (typeof filters)[number],
      string
    >,
    later: query.has('cursor'),
  }
}
