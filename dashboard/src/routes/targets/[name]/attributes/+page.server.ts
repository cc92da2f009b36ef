import { redirect } from '@sveltejs/kit'
import type { Target, TargetSchema } from '#lib/api.ts'
import { loginPath, read, tell } from '#lib/server/api.ts'
import type { PageServerLoad } from './$types'

export const load: PageServerLoad = async (event) => {
  const path = `/targets/${encodeURIComponent(event.params.name)}`
  const query = event.url.searchParams
  const [target, schema] = await Promise.all([
    read<Target>(event, path),
    tell<TargetSchema>(event, 'GET', `${path}/schema${query.has('refresh') ? '?refresh=true' : ''}`),
  ])
  if (!schema.ok && schema.status === 401) redirect(303, loginPath(event.url))
  const q = query.get('q') ?? ''
  return { target, q, schema: schema.ok ? schema.value : null, code: schema.ok ? '' : schema.code }
}
