/** `/api/v1/approvals`: what waits for people's agreement, and their answers. Who asked does not approve; the database says so too. */
import { Hono, type Context } from 'hono'
import * as v from 'valibot'
import type { Sql } from '#core/database.ts'
import { GatewayError } from '#core/errors.ts'
import type { AnswerResult } from '#core/ledger/approve.ts'
import type { Ledger } from '#core/ledger/index.ts'
import { approvalStates, readApprovals, type ApprovalRecord } from '#core/ledger/read-approvals.ts'
import { isUuid } from '#core/uuid.ts'
import { actorName, isAllowed, type Actor } from '../auth/policy.ts'
import { readJson } from '../json-body.ts'
import { actorOf, may, type Env } from './context.ts'
import type { Approval, Page, WhyNot } from './types.ts'

export interface ApprovalRoutesDeps {
  readonly sql: Sql
  readonly ledger: Pick<Ledger, 'answerApproval'>
}

export const DecisionBody = v.strictObject({
  decision: v.picklist(['approve', 'refuse']),
  reason: v.pipe(
    v.string(),
    v.trim(),
    v.minLength(3),
    v.maxLength(500),
    v.description('Why; it stands in the audit trail, and in the request’s history.'),
  ),
  planHash: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^[0-9a-f]{64}$/),
      v.description('The hash of the plan that was looked at; for another one nothing is decided.'),
    ),
  ),
})

export function approvalRoutes({ sql, ledger }: ApprovalRoutesDeps) {
  const one = async (id: string): Promise<ApprovalRecord> => {
    const [record] = isUuid(id) ? await readApprovals(sql, { id, limit: 1 }) : []
    if (record === undefined) throw new GatewayError('missing', 'there is no such approval')
    return record
  }
  return new Hono<Env>()
    .get('/', may('approvals:read'), async (c) => {
      const { state, request, cursor, limit } = readFilter(c)
      const rows = await readApprovals(sql, {
        limit: limit + 1,
        ...(state?.length ? { states: state } : {}),
        ...(request ? { requestId: request } : {}),
        ...(cursor ? { before: Number(cursor) } : {}),
      })
      const last = rows[limit - 1]
      return c.json({
        items: rows.slice(0, limit).map((row) => toApproval(row, actorOf(c))),
        next: rows.length > limit && last !== undefined ? String(last.seq) : null,
      } satisfies Page<Approval>)
    })
    .get('/:id', may('approvals:read'), async (c) => c.json(toApproval(await one(c.req.param('id')), actorOf(c))))
    .post('/:id/decisions', may('approvals:decide'), async (c) => {
      const actor = actorOf(c)
      const record = await one(c.req.param('id'))
      const body = readDecision(await c.req.text())
      if (!hasRole(actor, record)) throw new GatewayError('forbidden', `this needs the role ${record.role}, or an administrator`)
      requireDecided(await ledger.answerApproval({ approvalId: record.id, actor: actorName(actor), ...body }))
      return c.json(toApproval(await one(record.id), actor))
    })
}

function hasRole(actor: Actor, { role }: Pick<ApprovalRecord, 'role'>): boolean {
  return actor.kind === 'person' && isAllowed(actor, 'approvals:decide') && (actor.role === role || actor.role === 'admin')
}

function toApproval(row: ApprovalRecord, actor: Actor): Approval {
  const { seq: _, askedAt, expiresAt, decidedAt, ...record } = row
  const whyNot = whyNotDecide(row, actor)
  return {
    ...record,
    reason: null,
    roles: [record.role],
    people: [],
    stage: 1,
    stages: 1,
    askedAt: askedAt.toISOString(),
    expiresAt: expiresAt.toISOString(),
    escalatesAt: null,
    escalatedAt: null,
    decidedAt: decidedAt?.toISOString() ?? null,
    decisions: record.decisions.map((decision) => ({ ...decision, onBehalfOf: null })),
    mayDecide: whyNot === null,
    whyNot,
    onBehalfOf: null,
  }
}

function whyNotDecide(record: ApprovalRecord, actor: Actor): WhyNot | null {
  const name = actorName(actor)
  if (record.state === 'expired') return 'expired'
  if (record.state !== 'open') return 'closed'
  if (record.requester === name) return 'requester'
  if (record.decisions.some(({ person }) => person === name)) return 'answered'
  return hasRole(actor, record) ? null : 'not_asked'
}

function readDecision(text: string): v.InferOutput<typeof DecisionBody> {
  const result = v.safeParse(DecisionBody, readJson(text))
  if (result.success) return result.output
  const path = v.getDotPath(result.issues[0]) ?? 'decision'
  const message = path === 'reason' ? 'whoever decides says why, in 3 to 500 characters' : `${path} is not as expected`
  throw new GatewayError('unprocessable', message, {
    at: `/${path}`,
    hint: 'send {"decision": "approve", "reason": "agreed with the head of department"}',
  })
}

const refusals: Readonly<Record<Exclude<AnswerResult['outcome'], 'decided' | 'missing'>, string>> = {
  closed: 'nothing is left to decide here: it was decided, or the request ended',
  expired: 'the time for this approval has run out: the request is not carried out',
  own: 'who asked for a change, or had it done again, does not approve it',
  answered: 'you answered before; an answer stands',
  other_plan: 'the plan that you looked at is not the one that would be carried out',
  tampered: 'what was to be approved was edited since it was asked: nothing of it is carried out, and people are alarmed',
}

function requireDecided(result: AnswerResult): void {
  if (result.outcome === 'decided') return
  if (result.outcome === 'missing') throw new GatewayError('missing', 'there is no such approval')
  throw new GatewayError(result.outcome === 'own' ? 'forbidden' : 'conflict', refusals[result.outcome])
}

export const ApprovalFilter = v.object({
  state: v.optional(
    v.pipe(
      v.string(),
      v.transform((text) => text.split(',').filter(Boolean)),
      v.array(v.picklist(approvalStates, `must be one of ${approvalStates.join(', ')}`)),
    ),
  ),
  request: v.optional(v.pipe(v.string(), v.uuid('must be the id of a request'))),
  cursor: v.optional(v.pipe(v.string(), v.regex(/^\d{1,15}$/, 'must be the cursor that a page gave'))),
  limit: v.optional(
    v.pipe(v.string(), v.regex(/^\d{1,3}$/, 'must be a number'), v.transform(Number), v.minValue(1), v.maxValue(200)),
    '50',
  ),
})

function readFilter(c: Context<Env>): v.InferOutput<typeof ApprovalFilter> {
  const result = v.safeParse(ApprovalFilter, c.req.query())
  if (result.success) return result.output
  const [issue] = result.issues
  throw new GatewayError('bad_request', `the query parameter ${v.getDotPath(issue) ?? ''} is wrong: ${issue.message}`)
}
