import { redirect } from '@sveltejs/kit'

/** Until there is a home page, the flows are what people come for. */
export const load = () => redirect(303, '/requests')
