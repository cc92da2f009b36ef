/** `/api/v1/delegations`: who decides in whose stead. A person gives away what is theirs; an administrator may do it for somebody who is away. */
import { Hono } from 'hono'
import * as v from 'valibot'
import type { Sql } from '#core/database.ts'
import { GatewayError } from '#core/errors.ts'
import { readDelegations, type DelegationRecord, type DelegationResult } from '#core/ledger/delegate.ts'
import type { Ledger } from '#core/ledger/index.ts'
import { isUuid } from '#core/uuid.ts'
import { actorName, type Actor } from '../auth/policy.ts'
import { actorOf, may, type Env } from './context.ts'
import { readBody } from './read-body.ts'
import type { Delegation } from './types.ts'

export interface DelegationRoutesDeps {
  readonly sql: Sql
  readonly ledger: Pick<Ledger, 'delegate' | 'revokeDelegation'>
}

const person = v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(200), v.description('The name of a person, such as bea.'))
const reason = v.pipe(v.string(), v.trim(), v.minLength(3), v.maxLength(500), v.description('Why; it stands in the audit trail.'))
const moment = v.pipe(
  v.string(),
  v.isoTimestamp(),
  v.transform((text) => new Date(text)),
)

export const HandOverBody = v.strictObject({ to: person, reason })
export const DelegationBody = v.strictObject({
  to: person,
  reason,
  from: v.optional(v.pipe(person, v.description('Whose decisions; for administrators. Default: the caller’s own.'))),
  startsAt: v.optional(v.pipe(moment, v.description('Default: now.'))),
  endsAt: v.pipe(moment, v.description('From then on they are the person’s own again.')),
})

const example = '{"to": "bea", "endsAt": "2026-08-31T18:00:00.000Z", "reason": "on holiday"}'

export function delegationRoutes({ sql, ledger }: DelegationRoutesDeps) {
  return new Hono<Env>()
    .get('/', may('approvals:read'), async (c) => {
      const actor = actorOf(c)
      // Auditors and administrators see everybody's.
      const seesAll = isAdmin(actor) || (actor.kind === 'person' && actor.role === 'auditor')
      const records = await readDelegations(sql, seesAll ? {} : { person: actorName(actor) })
      return c.json({ items: records.map(toDelegation) })
    })
    .post('/', may('approvals:answer'), async (c) => {
      const actor = actorOf(c)
      const { to, from, reason: why, startsAt, endsAt } = readBody(DelegationBody, await c.req.text(), example)
      const own = actorName(actor)
      const giver = from === undefined ? own : toActor(from)
      if (giver !== own && !isAdmin(actor))
        throw new GatewayError('forbidden', 'only an administrator gives another’s decisions out of hand')
      const asked = {
        actor: own,
        from: giver,
        to: toActor(to),
        reason: why,
        approvalId: null,
        startsAt: startsAt ?? null,
        endsAt,
      }
      const id = requireDelegated(await ledger.delegate(asked))
      const [record] = await readDelegations(sql, { id })
      return record === undefined ? c.notFound() : c.json(toDelegation(record), 201)
    })
    .delete('/:id', may('approvals:answer'), async (c) => {
      const [actor, id] = [actorOf(c), c.req.param('id')]
      const owner = isAdmin(actor) ? null : actorName(actor)
      const isDone = isUuid(id) && (await ledger.revokeDelegation({ id, actor: actorName(actor), owner }))
      if (!isDone) throw new GatewayError('missing', 'there is no such delegation of yours that is still in force')
      return c.body(null, 204)
    })
}

const isAdmin = (actor: Actor) => actor.kind === 'person' && actor.role === 'admin'

/** People are named with or without the word before it. */
export function toActor(name: string): string {
  return name.startsWith('person:') ? name : `person:${name}`
}

const barred = {
  from: 'this decision is not yours to give away',
  to: 'whoever asked, wrote the rules, answered before or is whom it is about does not decide in another’s stead either',
}

/** The id of the delegation; throws when there is none. */
export function requireDelegated(result: DelegationResult): string {
  switch (result.outcome) {
    case 'delegated':
      return result.id
    case 'nobody':
      throw new GatewayError('unprocessable', 'there is nobody of that name to decide in another’s stead', { at: '/to' })
    case 'missing':
      throw new GatewayError('missing', 'there is no such approval')
    case 'over':
      throw new GatewayError('unprocessable', 'a delegation ends after it begins, and after now', { at: '/endsAt' })
    case 'barred': {
      const isClosed = ['closed', 'expired', 'waiting', 'answered'].includes(result.whyNot) && result.who === 'from'
      throw new GatewayError(isClosed ? 'conflict' : 'forbidden', `${barred[result.who]} (${result.whyNot})`)
    }
  }
}

export function toDelegation({ startsAt, endsAt, createdAt, revokedAt, ...record }: DelegationRecord): Delegation {
  return {
    ...record,
    startsAt: startsAt.toISOString(),
    endsAt: endsAt?.toISOString() ?? null,
    createdAt: createdAt.toISOString(),
    revokedAt: revokedAt?.toISOString() ?? null,
  }
}
