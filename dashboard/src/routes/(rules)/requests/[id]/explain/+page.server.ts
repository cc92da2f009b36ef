import type { Explanation, RequestDetail } from '#lib/api.ts'
import { read } from '#lib/server/api.ts'
import type { PageServerLoad } from './$types'

export const load: PageServerLoad = async (event) => {
  const path = `/requests/${encodeURIComponent(event.params.id)}`
  const [request, explanation] = await Promise.all([
    read<RequestDetail>(event, path),
    read<Explanation>(event, `${path}/explain`),
  ])
  return { request, explanation, path: event.url.searchParams.get('path') }
}
