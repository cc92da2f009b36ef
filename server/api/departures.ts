/** `/api/v1/departures`: accounts that are disabled and will be deleted, when, and how people name another day or have one stay. */
import { Hono, type Context } from 'hono'
import * as v from 'valibot'
import type { Sql } from '#core/database.ts'
import { departureStates } from '#core/departure.ts'
import { GatewayError } from '#core/errors.ts'
import type { DepartureChange, DepartureChanged } from '#core/ledger/change-departure.ts'
import type { Ledger } from '#core/ledger/index.ts'
import { readDepartures, type DepartureRecord } from '#core/ledger/read-departures.ts'
import { isUuid } from '#core/uuid.ts'
import { actorName, isAllowed, type Actor } from '../auth/policy.ts'
import { readJson } from '../json-body.ts'
import { actorOf, may, type Env } from './context.ts'
import type { Departure, Page } from './types.ts'

export interface DepartureRoutesDeps {
  readonly sql: Sql
  readonly ledger: Pick<Ledger, 'changeDeparture'>
}

const reason = v.pipe(
  v.string(),
  v.trim(),
  v.minLength(3),
  v.maxLength(500),
  v.description('Why; it stands in the audit trail, and in the history of the request that disabled the account.'),
)

export const KeepBody = v.strictObject({ reason })
export const PostponeBody = v.strictObject({
  until: v.pipe(v.string(), v.isoTimestamp(), v.description('The new day, later than the one that was promised.')),
  reason,
})

export function departureRoutes({ sql, ledger }: DepartureRoutesDeps) {
  const visible = async (c: Context<Env>): Promise<DepartureRecord> => {
    const id = c.req.param('id') ?? ''
    const [record] = isUuid(id) ? await readDepartures(sql, { id, limit: 1, ...own(actorOf(c)) }) : []
    if (record === undefined) throw new GatewayError('missing', 'there is no such departure')
    return record
  }
  const change = async (c: Context<Env>, read: (text: string) => Pick<DepartureChange, 'until' | 'reason'>) => {
    const { id } = await visible(c)
    const asked = read(await c.req.text())
    requireChanged(await ledger.changeDeparture({ id, actor: actorName(actorOf(c)), ...asked }))
    return c.json(toDeparture(await visible(c), actorOf(c)))
  }
  return new Hono<Env>()
    .get('/', may('requests:read'), async (c) => {
      const { state, cursor, limit, until, ...filter } = readFilter(c)
      const rows = await readDepartures(sql, {
        limit: limit + 1,
        ...Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined)),
        ...(until === undefined ? {} : { until: new Date(until) }),
        ...(state?.length ? { states: state } : {}),
        ...(cursor ? { before: Number(cursor) } : {}),
        ...own(actorOf(c)),
      })
      const last = rows[limit - 1]
      return c.json({
        items: rows.slice(0, limit).map((row) => toDeparture(row, actorOf(c))),
        next: rows.length > limit && last !== undefined ? String(last.seq) : null,
      } satisfies Page<Departure>)
    })
    .get('/:id', may('requests:read'), async (c) => c.json(toDeparture(await visible(c), actorOf(c))))
    .post('/:id/postpone', may('requests:resolve'), (c) => change(c, readPostpone))
    .post('/:id/keep', may('requests:resolve'), (c) => change(c, readKeep))
}

/** What belongs to another source does not exist for one. */
function own(actor: Actor): { readonly source?: string } {
  return actor.kind === 'source' ? { source: actor.name } : {}
}

function toDeparture(row: DepartureRecord, actor: Actor): Departure {
  const { seq: _, disabledAt, deleteAt, changedBy, changedAt, reason: why, ...record } = row
  return {
    ...record,
    disabledAt: disabledAt.toISOString(),
    deleteAt: deleteAt.toISOString(),
    changed: changedBy === null || changedAt === null ? null : { by: changedBy, reason: why, at: changedAt.toISOString() },
    mayChange: (record.state === 'waiting' || record.state === 'kept') && isAllowed(actor, 'requests:resolve'),
  }
}

function readPostpone(text: string): Pick<DepartureChange, 'until' | 'reason'> {
  const result = v.safeParse(PostponeBody, readJson(text))
  if (result.success) return { ...result.output, until: new Date(result.output.until) }
  throw unreadable(v.getDotPath(result.issues[0]), '{"until": "2027-03-31T00:00:00Z", "reason": "an inquiry is under way"}')
}

function readKeep(text: string): Pick<DepartureChange, 'until' | 'reason'> {
  const result = v.safeParse(KeepBody, readJson(text))
  if (result.success) return { ...result.output, until: null }
  throw unreadable(v.getDotPath(result.issues[0]), '{"reason": "the mailbox is needed for an inquiry"}')
}

function unreadable(path: string | null, example: string): GatewayError {
  const messages: Readonly<Record<string, string>> = {
    reason: 'whoever changes what becomes of an account says why, in 3 to 500 characters',
    until: '`until` is a moment in ISO 8601, with its zone',
  }
  const at = path ?? 'reason'
  return new GatewayError('unprocessable', messages[at] ?? `${at} is not as expected`, { at: `/${at}`, hint: `send ${example}` })
}

function requireChanged(result: DepartureChanged): void {
  switch (result.outcome) {
    case 'changed':
      return
    case 'missing':
      throw new GatewayError('missing', 'there is no such departure')
    case 'too_early':
      throw new GatewayError('unprocessable', 'a deletion can be put off, not brought forward', {
        at: '/until',
        hint: 'name a moment that is later than the one promised; to delete an account now, send a delete',
      })
    case 'refused':
      throw new GatewayError('conflict', refusals[result.state])
  }
}

const refusals: Readonly<Record<Departure['state'], string>> = {
  waiting: 'nothing is left to change here',
  filed: 'the deletion was asked for already: cancel its request, as long as it has not begun',
  kept: 'the account stays already',
  returned: 'the person returned: nothing is going to be deleted',
}

export const DepartureFilter = v.object({
  state: v.optional(
    v.pipe(
      v.string(),
      v.transform((text) => text.split(',').filter(Boolean)),
      v.array(v.picklist(departureStates, `must be one of ${departureStates.join(', ')}`)),
    ),
  ),
  source: v.optional(v.string()),
  target: v.optional(v.string()),
  externalId: v.optional(v.string()),
  until: v.optional(v.pipe(v.string(), v.isoTimestamp('must be a moment in ISO 8601, with its zone'))),
  cursor: v.optional(v.pipe(v.string(), v.regex(/^\d{1,15}$/, 'must be the cursor that a page gave'))),
  limit: v.optional(
    v.pipe(v.string(), v.regex(/^\d{1,3}$/, 'must be a number'), v.transform(Number), v.minValue(1), v.maxValue(200)),
    '50',
  ),
})

function readFilter(c: Context<Env>): v.InferOutput<typeof DepartureFilter> {
  const result = v.safeParse(DepartureFilter, c.req.query())
  if (result.success) return result.output
  const [issue] = result.issues
  throw new GatewayError('bad_request', `the query parameter ${v.getDotPath(issue) ?? ''} is wrong: ${issue.message}`)
}
