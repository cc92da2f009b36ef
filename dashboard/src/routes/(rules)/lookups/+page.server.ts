import { redirect } from '@sveltejs/kit'
import type { LookupTable, Page } from '#lib/api.ts'
import { read } from '#lib/server/api.ts'
import type { PageServerLoad } from './$types'

export const load: PageServerLoad = async (event) => {
  // The name that somebody typed is the address of its table, which is nowhere until it is saved.
  const wanted = event.url.searchParams.get('create')
  if (wanted) redirect(303, `/lookups/${encodeURIComponent(wanted)}?create`)
  return { lookups: (await read<Page<LookupTable>>(event, '/lookups')).items }
}
