/**
 * `/api/v1/approvals`: what waits for people's agreement, what it is about, and their answers. Who asked, who wrote the rules and whom it is about do
 * not approve; the database says so too.
 */
import { Hono, type Context } from 'hono'
import * as v from 'valibot'
import { standingOf } from '#core/approval-rights.ts'
import type { Sql } from '#core/database.ts'
import { GatewayError } from '#core/errors.ts'
import { delegatorsFor, readApprover, type ApproverRecord } from '#core/ledger/approval-people.ts'
import type { AnswerResult } from '#core/ledger/approve.ts'
import { readDelegations } from '#core/ledger/delegate.ts'
import type { Ledger } from '#core/ledger/index.ts'
import {
  approvalStates,
  countSimilar,
  readApprovals,
  readPlannedSteps,
  type ApprovalRecord,
} from '#core/ledger/read-approvals.ts'
import type { TargetRecord } from '#core/targets.ts'
import { isUuid } from '#core/uuid.ts'
import { toPlannedChanges } from '../approvals/planned.ts'
import { actorName, isAllowed, type Actor } from '../auth/policy.ts'
import { actorOf, may, type Env } from './context.ts'
import { HandOverBody, requireDelegated, toActor, toDelegation } from './delegations.ts'
import { readBody } from './read-body.ts'
import type { Approval, ApprovalDetail, Page } from './types.ts'

export interface ApprovalRoutesDeps {
  readonly sql: Sql
  readonly ledger: Pick<Ledger, 'answerApproval' | 'delegate'>
  readonly targets: () => readonly Pick<TargetRecord, 'name' | 'connector'>[]
}

const why = v.pipe(
  v.string(),
  v.trim(),
  v.minLength(3),
  v.maxLength(500),
  v.description('Why; it stands in the audit trail, and in the request’s history.'),
)

export const DecisionBody = v.strictObject({
  decision: v.picklist(['approve', 'refuse']),
  reason: why,
  planHash: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^[0-9a-f]{64}$/),
      v.description('The hash of the plan that was looked at; for another one nothing is decided.'),
    ),
  ),
})

export function approvalRoutes({ sql, ledger, targets }: ApprovalRoutesDeps) {
  const one = async (id: string): Promise<ApprovalRecord> => {
    const [record] = isUuid(id) ? await readApprovals(sql, { id, limit: 1 }) : []
    if (record === undefined) throw new GatewayError('missing', 'there is no such approval')
    return record
  }
  /** Null for who answers nothing at all, such as an auditor, whatever they are named in. */
  const callerOf = async (c: Context<Env>) => {
    const actor = actorOf(c)
    return isAllowed(actor, 'approvals:answer') ? readApprover(sql, actorName(actor)) : null
  }
  const detail = async (id: string, caller: ApproverRecord | null): Promise<ApprovalDetail> => {
    const record = await one(id)
    const connectorOf = (target: string) => targets().find(({ name }) => name === target)?.connector ?? 'unknown'
    const [steps, similar, delegations] = await Promise.all([
      readPlannedSteps(sql, record.id),
      countSimilar(sql, record.id),
      readDelegations(sql, { approvalId: record.id }),
    ])
    const planned = toPlannedChanges(steps, connectorOf)
    return { ...toApproval(record, caller), planned, similar, delegations: delegations.map(toDelegation) }
  }
  return new Hono<Env>()
    .get('/', may('approvals:read'), async (c) => {
      const { state, request, mine, cursor, limit } = readFilter(c)
      const caller = await callerOf(c)
      const rows = await readApprovals(sql, {
        limit: limit + 1,
        ...(state?.length ? { states: state } : {}),
        ...(request ? { requestId: request } : {}),
        ...(mine === 'true' ? { answerableBy: caller } : {}),
        ...(cursor ? { before: Number(cursor) } : {}),
      })
      const last = rows[limit - 1]
      return c.json({
        items: rows.slice(0, limit).map((row) => toApproval(row, caller)),
        next: rows.length > limit && last !== undefined ? String(last.seq) : null,
      } satisfies Page<Approval>)
    })
    .get('/:id', may('approvals:read'), async (c) => c.json(await detail(c.req.param('id'), await callerOf(c))))
    .post('/:id/decisions', may('approvals:answer'), async (c) => {
      const actor = actorOf(c)
      const record = await one(c.req.param('id'))
      const body = readDecision(await c.req.text())
      requireDecided(await ledger.answerApproval({ approvalId: record.id, actor: actorName(actor), ...body }), record)
      return c.json(await detail(record.id, await callerOf(c)))
    })
    .post('/:id/delegate', may('approvals:answer'), async (c) => {
      const actor = actorName(actorOf(c))
      const record = await one(c.req.param('id'))
      const { to, reason } = readBody(HandOverBody, await c.req.text(), '{"to": "bea", "reason": "away until Monday"}')
      const asked = { actor, from: actor, to: toActor(to), reason, approvalId: record.id, startsAt: null, endsAt: null }
      requireDelegated(await ledger.delegate(asked))
      return c.json(await detail(record.id, await callerOf(c)))
    })
}

/** Whether it is for somebody of this role to answer. */
export function hasRole(actor: Actor, { role }: Pick<ApprovalRecord, 'role'>): boolean {
  return actor.kind === 'person' && isAllowed(actor, 'approvals:answer') && (actor.role === role || actor.role === 'admin')
}

/** @param caller null for somebody who answers nothing */
function toApproval(row: ApprovalRecord, caller: ApproverRecord | null): Approval {
  const { seq: _, authors: _authors, subjects: _subjects, ...record } = row
  const standing = caller === null ? notAsked : standingOf(row, caller.approver, delegatorsFor(caller, row.id))
  const whyNot = 'whyNot' in standing ? standing.whyNot : null
  return {
    ...record,
    askedAt: record.askedAt.toISOString(),
    expiresAt: record.expiresAt.toISOString(),
    escalatesAt: record.escalatesAt?.toISOString() ?? null,
    escalatedAt: record.escalatedAt?.toISOString() ?? null,
    decidedAt: record.decidedAt?.toISOString() ?? null,
    mayDecide: whyNot === null,
    whyNot,
    onBehalfOf: 'whyNot' in standing ? null : standing.onBehalfOf,
  }
}

const notAsked = { whyNot: 'not_asked' } as const

function readDecision(text: string): v.InferOutput<typeof DecisionBody> {
  return readBody(DecisionBody, text, '{"decision": "approve", "reason": "agreed with the head of department"}')
}

const refusals: Readonly<Record<Exclude<AnswerResult['outcome'], 'decided' | 'missing'>, string>> = {
  closed: 'nothing is left to decide here: it was decided, or the request ended',
  waiting: 'this stage is asked when the one before it is given',
  expired: 'the time for this approval has run out: the request is not carried out',
  requester: 'who asked for a change, or had it done again, does not approve it',
  author: 'who wrote or published the rules that ask does not approve what comes of them',
  subject: 'nobody approves what is about themselves',
  answered: 'you, or somebody in your stead, answered before; an answer stands',
  not_asked: 'this is for others to decide',
  other_plan: 'the plan that you looked at is not the one that would be carried out',
  tampered: 'what was to be approved was edited since it was asked: nothing of it is carried out, and people are alarmed',
}
/** The others are conflicts: they would not have been refused at another time. */
const forbidden: readonly string[] = ['requester', 'author', 'subject', 'not_asked']

function requireDecided({ outcome }: AnswerResult, { roles, people }: ApprovalRecord): void {
  if (outcome === 'decided') return
  if (outcome === 'missing') throw new GatewayError('missing', 'there is no such approval')
  const hint = `it needs one of the roles ${[...new Set([...roles, 'admin'])].join(', ')}${people.length > 0 ? `, or one of ${people.join(', ')}` : ''}`
  throw new GatewayError(
    forbidden.includes(outcome) ? 'forbidden' : 'conflict',
    refusals[outcome],
    outcome === 'not_asked' ? { hint } : {},
  )
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
  mine: v.optional(v.picklist(['true', 'false'], 'must be true or false')),
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
