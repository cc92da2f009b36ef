import { redirect } from '@sveltejs/kit'
import { tell } from '#lib/server/api.ts'
import type { RequestHandler } from './$types'

/** Ends the session in the gateway, which also clears the cookie. */
export const POST: RequestHandler = async (event) => {
  await tell(event, 'DELETE', '/session')
  redirect(303, '/login')
}
