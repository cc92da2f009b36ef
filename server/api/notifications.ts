/** `/api/v1/notifications`: what people and sources were told, what could not be delivered, and having it tried again. */
import { Hono, type Context } from 'hono'
import * as v from 'valibot'
import type { Sql } from '#core/database.ts'
import { GatewayError } from '#core/errors.ts'
import type { Ledger } from '#core/ledger/index.ts'
import { notificationStates, readNotifications, type NotificationRecord } from '#core/ledger/notification.ts'
import { isUuid } from '#core/uuid.ts'
import { actorName } from '../auth/policy.ts'
import { actorOf, may, type Env } from './context.ts'
import { readBody } from './read-body.ts'
import type { Notification, Page } from './types.ts'

export interface NotificationRoutesDeps {
  readonly sql: Sql
  readonly ledger: Pick<Ledger, 'retryNotification'>
}

export const NotificationRetryBody = v.strictObject({
  reason: v.pipe(v.string(), v.trim(), v.minLength(3), v.maxLength(500), v.description('Why; it stands in the audit trail.')),
})

export function notificationRoutes({ sql, ledger }: NotificationRoutesDeps) {
  const one = async (id: string): Promise<NotificationRecord> => {
    const [record] = isUuid(id) ? await readNotifications(sql, { id, limit: 1 }) : []
    if (record === undefined) throw new GatewayError('missing', 'there is no such notification')
    return record
  }
  return new Hono<Env>()
    .get('/', may('notifications:read'), async (c) => {
      const { state, channel, request, cursor, limit } = readFilter(c)
      const rows = await readNotifications(sql, {
        limit: limit + 1,
        ...(state?.length ? { states: state } : {}),
        ...(channel ? { channel } : {}),
        ...(request ? { requestId: request } : {}),
        ...(cursor ? { before: Number(cursor) } : {}),
      })
      const last = rows[limit - 1]
      return c.json({
        items: rows.slice(0, limit).map(toNotification),
        next: rows.length > limit && last !== undefined ? String(last.seq) : null,
      } satisfies Page<Notification>)
    })
    .post('/:id/retry', may('notifications:retry'), async (c) => {
      const { id } = await one(c.req.param('id'))
      const { reason } = readBody(NotificationRetryBody, await c.req.text(), '{"reason": "the mail server is back"}')
      if (!(await ledger.retryNotification({ id, actor: actorName(actorOf(c)), reason })))
        throw new GatewayError('conflict', 'it was not given up: it is delivered, or tried by itself')
      return c.json(toNotification(await one(id)), 202)
    })
}

function toNotification(row: NotificationRecord): Notification {
  const { seq: _, nextAt, createdAt, sentAt, ...record } = row
  return {
    ...record,
    nextAttemptAt: record.state === 'waiting' ? nextAt.toISOString() : null,
    createdAt: createdAt.toISOString(),
    sentAt: sentAt?.toISOString() ?? null,
  }
}

export const NotificationFilter = v.object({
  state: v.optional(
    v.pipe(
      v.string(),
      v.transform((text) => text.split(',').filter(Boolean)),
      v.array(v.picklist(notificationStates, `must be one of ${notificationStates.join(', ')}`)),
    ),
  ),
  channel: v.optional(v.picklist(['mail', 'webhook'], 'must be mail or webhook')),
  request: v.optional(v.pipe(v.string(), v.uuid('must be the id of a request'))),
  cursor: v.optional(v.pipe(v.string(), v.regex(/^\d{1,15}$/, 'must be the cursor that a page gave'))),
  limit: v.optional(
    v.pipe(v.string(), v.regex(/^\d{1,3}$/, 'must be a number'), v.transform(Number), v.minValue(1), v.maxValue(200)),
    '50',
  ),
})

function readFilter(c: Context<Env>): v.InferOutput<typeof NotificationFilter> {
  const result = v.safeParse(NotificationFilter, c.req.query())
  if (result.success) return result.output
  const [issue] = result.issues
  throw new GatewayError('bad_request', `the query parameter ${v.getDotPath(issue) ?? ''} is wrong: ${issue.message}`)
}
