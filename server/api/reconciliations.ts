/** `/api/v1/reconciliations` and `/api/v1/findings`: what targets hold beside what the gateway believes they hold, and what people do about it. */
import { Hono, type Context } from 'hono'
import * as v from 'valibot'
import type { Sql } from '#core/database.ts'
import { GatewayError } from '#core/errors.ts'
import { readFindings, type FindingRecord } from '#core/reconciliations/findings.ts'
import { findingKinds, findingStates, type ReconciliationRecord } from '#core/reconciliations/reconciliation.ts'
import { readReconciliations } from '#core/reconciliations/store.ts'
import type { TargetRecord } from '#core/targets.ts'
import { isUuid } from '#core/uuid.ts'
import { actorName } from '../auth/policy.ts'
import type { Reconciliations } from '../reconciliations/reconciliations.ts'
import { actorOf, may, type Env } from './context.ts'
import { PageQuery, readBody, readQuery } from './rule-bodies.ts'
import type { Finding, Page, Reconciliation } from './types.ts'

export interface ReconciliationRoutesDeps {
  readonly sql: Sql
  readonly reconciliations: Reconciliations
  readonly targets: () => readonly TargetRecord[]
}

const reason = v.pipe(v.string(), v.trim(), v.minLength(3), v.maxLength(500), v.description('Why; it stands in the audit trail.'))
const text = v.pipe(v.string(), v.minLength(1), v.maxLength(300))

export const ReconcileBody = v.strictObject({ target: v.pipe(text, v.description('The target that is reconciled.')), reason })
export const FindingBody = v.strictObject({ reason })
export const AdoptBody = v.strictObject({
  source: v.pipe(text, v.description('The source of the identity.')),
  externalId: v.pipe(text, v.description('Whose the account is.')),
  reason,
})
export const IgnoreBody = v.strictObject({
  until: v.pipe(
    v.string(),
    v.isoTimestamp('a moment is written with its zone, such as 2027-01-31T06:00:00Z'),
    v.description('From then on it is open again.'),
  ),
  reason,
})

const cursor = v.optional(v.pipe(v.string(), v.regex(/^\d{1,15}$/, 'must be the cursor that a page gave')))
const target = v.optional(v.pipe(v.string(), v.maxLength(100)))
const RunQuery = v.object({ ...PageQuery.entries, cursor, target })
const FindingQuery = v.object({
  ...RunQuery.entries,
  reconciliation: v.optional(v.pipe(v.string(), v.uuid('must be the id of a reconciliation'))),
  kind: v.optional(v.picklist(findingKinds, `must be one of ${findingKinds.join(', ')}`)),
  state: v.optional(v.picklist(findingStates, `must be one of ${findingStates.join(', ')}`)),
})

/** Below `/api/v1/reconciliations`. */
export function reconciliationRoutes({ sql, reconciliations, targets }: ReconciliationRoutesDeps) {
  const one = async (id: string): Promise<ReconciliationRecord> => {
    const [record] = isUuid(id) ? await readReconciliations(sql, { id, limit: 1 }) : []
    if (record === undefined) throw new GatewayError('missing', 'there is no such reconciliation')
    return record
  }
  return new Hono<Env>()
    .get('/', may('reconciliations:read'), async (c) => {
      const { cursor: before, limit, target: of } = readQuery(c, RunQuery)
      const rows = await readReconciliations(sql, {
        limit: limit + 1,
        ...withoutNothing({ target: of, before: toNumber(before) }),
      })
      return c.json(toPage(rows, limit, toReconciliation))
    })
    .post('/', may('reconciliations:operate'), async (c) => {
      const body = await readBody(c, ReconcileBody)
      if (!targets().some(({ name }) => name === body.target))
        throw new GatewayError('unprocessable', 'there is no such target', { at: '/target' })
      const id = await reconciliations.start(body.target, { by: actorName(actorOf(c)), reason: body.reason })
      c.header('Location', `/api/v1/reconciliations/${id}`)
      return c.json(toReconciliation(await one(id)), 202)
    })
    .get('/:id', may('reconciliations:read'), async (c) => c.json(toReconciliation(await one(c.req.param('id')))))
    .post('/:id/cancel', may('reconciliations:operate'), async (c) => {
      const { id, target: of } = await one(c.req.param('id'))
      const { reason: why } = await readBody(c, FindingBody)
      await reconciliations.cancel(id, of, { by: actorName(actorOf(c)), reason: why })
      return c.json(toReconciliation(await one(id)))
    })
}

/** Below `/api/v1/findings`. */
export function findingRoutes({ sql, reconciliations }: ReconciliationRoutesDeps) {
  const one = async (c: Context<Env>): Promise<FindingRecord> => {
    const id = c.req.param('id') ?? ''
    const [record] = isUuid(id) ? await readFindings(sql, { id, limit: 1 }) : []
    if (record === undefined) throw new GatewayError('missing', 'there is no such finding')
    return record
  }
  const by = (c: Context<Env>, why: string) => ({ by: actorName(actorOf(c)), reason: why })
  return new Hono<Env>()
    .get('/', may('reconciliations:read'), async (c) => {
      const { cursor: before, limit, reconciliation: run, ...filter } = readQuery(c, FindingQuery)
      const rows = await readFindings(sql, { limit: limit + 1, ...withoutNothing({ ...filter, run, before: toNumber(before) }) })
      return c.json(toPage(rows, limit, toFinding))
    })
    .get('/:id', may('reconciliations:read'), async (c) => c.json(toFinding(await one(c))))
    .post('/:id/adopt', may('reconciliations:operate'), async (c) => {
      const finding = await one(c)
      const { reason: why, ...whom } = await readBody(c, AdoptBody)
      await reconciliations.adopt(finding, whom, by(c, why))
      return c.json(toFinding(await one(c)))
    })
    .post('/:id/repair', may('reconciliations:operate'), async (c) => {
      const finding = await one(c)
      const { reason: why } = await readBody(c, FindingBody)
      const requestId = await reconciliations.repair(finding, by(c, why))
      c.header('Location', `/api/v1/requests/${requestId}`)
      return c.json(toFinding(await one(c)), 202)
    })
    .post('/:id/ignore', may('reconciliations:operate'), async (c) => {
      const finding = await one(c)
      const { reason: why, until } = await readBody(c, IgnoreBody)
      await reconciliations.ignore(finding, new Date(until), by(c, why))
      return c.json(toFinding(await one(c)))
    })
}

const toNumber = (text: string | undefined) => (text === undefined ? undefined : Number(text))

function withoutNothing<Filter extends object>(filter: Filter): { [Name in keyof Filter]?: Exclude<Filter[Name], undefined> } {
  return Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined && value !== '')) as never
}

function toPage<Row extends { readonly seq: number }, Item>(
  rows: readonly Row[],
  limit: number,
  toItem: (row: Row) => Item,
): Page<Item> {
  const last = rows[limit - 1]
  return {
    items: rows.slice(0, limit).map(toItem),
    next: rows.length > limit && last !== undefined ? String(last.seq) : null,
  }
}

function toReconciliation(record: ReconciliationRecord): Reconciliation {
  const { seq: _, createdAt, startedAt, endedAt, resumeAt, matched, missing, orphan, divergent, adopted, busy, ...rest } = record
  const isWaiting = resumeAt !== null && resumeAt.getTime() > Date.now()
  return {
    ...rest,
    counts: { matched, missing, orphan, divergent, adopted, busy },
    createdAt: createdAt.toISOString(),
    startedAt: startedAt?.toISOString() ?? null,
    endedAt: endedAt?.toISOString() ?? null,
    waitsUntil: endedAt === null && isWaiting ? resumeAt.toISOString() : null,
  }
}

function toFinding(record: FindingRecord): Finding {
  const {
    seq: _,
    repairs: __,
    identity,
    candidate,
    foundAt,
    seenAt,
    closedAt,
    closedBy,
    ignoredUntil,
    ignoredBy,
    ignoreReason,
    ...rest
  } = record
  return {
    ...rest,
    identity: identity === null ? null : toPerson(identity),
    candidate: candidate === null ? null : toPerson(candidate),
    foundAt: foundAt.toISOString(),
    seenAt: seenAt.toISOString(),
    closed: closedAt === null ? null : { at: closedAt.toISOString(), by: closedBy === 'adopted' ? 'adopted' : 'reconciliation' },
    ignored:
      ignoredUntil === null ? null : { until: ignoredUntil.toISOString(), by: ignoredBy ?? '', reason: ignoreReason ?? '' },
  }
}

function toPerson({ source, externalId, displayName }: NonNullable<FindingRecord['identity']>): NonNullable<Finding['identity']> {
  return { source, externalId, displayName }
}
