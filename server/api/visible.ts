/** The request that an address names, if whoever calls may see it. What belongs to another source does not exist for it. */
import type { Context } from 'hono'
import { GatewayError } from '#core/errors.ts'
import { isUuid } from '#core/uuid.ts'
import type { Actor } from '../auth/policy.ts'
import type { Presenter } from '../requests/present.ts'
import { actorOf, type Env } from './context.ts'
import type { RequestDetail } from './types.ts'

/** Throws `missing`. */
export async function visible(c: Context<Env>, presenter: Pick<Presenter, 'detail'>): Promise<RequestDetail> {
  const id = c.req.param('id') ?? ''
  const detail = isUuid(id) ? await presenter.detail(id) : null
  if (detail === null || !canSee(actorOf(c), detail)) throw new GatewayError('missing', 'there is no such request')
  return detail
}

function canSee(actor: Actor, { source }: { source: string }): boolean {
  return actor.kind === 'person' || actor.name === source
}
