/**
 * `/api/v1/requests/:id/{retry|resume|cancel|probe|attest}`: what people do with requests that the gateway cannot finish, or that they do not want
 * any more. Each says why; what is possible is decided by the ledger, and stands in the request's `verbs`.
 */
import { Hono, type Context } from 'hono'
import * as v from 'valibot'
import { GatewayError } from '#core/errors.ts'
import type { Ledger } from '#core/ledger/index.ts'
import type { RetryResult } from '#core/ledger/retry.ts'
import { attestable, type Verb } from '#core/saga/verbs.ts'
import type { RequestState } from '#core/states.ts'
import { actorName } from '../auth/policy.ts'
import { readJson } from '../json-body.ts'
import type { Again } from '../requests/again.ts'
import type { Presenter } from '../requests/present.ts'
import { actorOf, may, type Env } from './context.ts'
import { visible } from './visible.ts'

export interface ResolveRoutesDeps {
  readonly presenter: Presenter
  readonly again: Again
  readonly ledger: Pick<Ledger, 'resume' | 'cancel' | 'probe' | 'attest'>
}

const reason = v.pipe(v.string(), v.trim(), v.minLength(3), v.maxLength(500))
export const RetryBody = v.strictObject({
  reason,
  rules: v.optional(
    v.pipe(
      v.picklist(['kept', 'refreshed']),
      v.description('kept: the plan that was accepted (default); refreshed: planned anew with the rule set in force.'),
    ),
    'kept',
  ),
})
export const ResolveBody = v.strictObject({ reason })
export const AttestBody = v.strictObject({
  target: v.pipe(v.string(), v.minLength(1), v.maxLength(63)),
  outcome: v.pipe(
    v.picklist(attestable),
    v.description('applied: our change is in place; undone: all is as before; kept: what is there stays.'),
  ),
  reason,
})

export function resolveRoutes({ presenter, again, ledger }: ResolveRoutesDeps) {
  /** Reads the body, does it, and answers with the request as it is then. */
  async function answer(c: Context<Env>, id: string, status: 200 | 202): Promise<Response> {
    return c.json(await presenter.detail(id), status)
  }
  const asked = async (c: Context<Env>) => {
    const { id } = await visible(c, presenter)
    const body = await readBody(c, ResolveBody)
    return { requestId: id, actor: actorName(actorOf(c)), reason: body.reason }
  }
  return new Hono<Env>()
    .post('/:id/retry', may('requests:retry'), async (c) => {
      const { id } = await visible(c, presenter)
      const body = await readBody(c, RetryBody)
      requireAgain(await again({ requestId: id, actor: actorName(actorOf(c)), ...body }), 'retry')
      return answer(c, id, 202)
    })
    .post('/:id/resume', may('requests:resolve'), async (c) => {
      const input = await asked(c)
      requireAgain(await ledger.resume(input), 'resume')
      return answer(c, input.requestId, 202)
    })
    .post('/:id/cancel', may('requests:resolve'), async (c) => {
      const input = await asked(c)
      requirePossible(await ledger.cancel(input), 'cancel')
      return answer(c, input.requestId, 202)
    })
    .post('/:id/probe', may('requests:resolve'), async (c) => {
      const input = await asked(c)
      requirePossible(await ledger.probe(input), 'probe')
      return answer(c, input.requestId, 202)
    })
    .post('/:id/attest', may('requests:resolve'), async (c) => {
      const { id } = await visible(c, presenter)
      const body = await readBody(c, AttestBody)
      const result = await ledger.attest({ requestId: id, actor: actorName(actorOf(c)), ...body })
      if (result.outcome === 'known')
        throw new GatewayError('conflict', 'this request has no such step, or what became of it is known', { at: '/target' })
      if (result.outcome !== 'stated') requirePossible(result, 'attest')
      return answer(c, id, 200)
    })
}

async function readBody<Schema extends v.GenericSchema>(c: Context<Env>, schema: Schema): Promise<v.InferOutput<Schema>> {
  const result = v.safeParse(schema, readJson(await c.req.text()))
  if (result.success) return result.output
  const path = v.getDotPath(result.issues[0]) ?? 'reason'
  throw new GatewayError(
    'unprocessable',
    path === 'reason' ? 'whoever does this says why, in 3 to 500 characters' : `${path} is not as expected`,
    { at: `/${path}`, hint: 'send {"reason": "the disk is no longer full"}' },
  )
}

type Refusable =
  | { readonly outcome: 'accepted' }
  | { readonly outcome: 'missing' }
  | { readonly outcome: 'refused'; readonly state: RequestState }

function requirePossible(result: Refusable, verb: Verb): void {
  if (result.outcome === 'missing') throw new GatewayError('missing', 'there is no such request')
  if (result.outcome === 'refused') throw new GatewayError('conflict', refusals[verb](result.state))
}

function requireAgain(result: RetryResult, verb: Verb): void {
  if (result.outcome === 'overtaken')
    throw new GatewayError('conflict', 'a later request of this identity was accepted: the last accepted wins')
  if (result.outcome === 'in_place')
    throw new GatewayError(
      'conflict',
      `the rules of today want something else in ${result.targets.join(', ')}, where it is in place`,
      {
        hint: 'have it done again with the rules kept, or ask for an update',
      },
    )
  requirePossible(result, verb)
}

const refusals: Readonly<Record<Verb, (state: RequestState) => string>> = {
  retry: (state) => `a request that is ${state} cannot be done again`,
  resume: (state) => `a request that is ${state} does not wait for anybody to let it go on`,
  probe: (state) => `a request that is ${state} has no step that must be found out`,
  attest: (state) => `a request that is ${state} has no step that people must settle`,
  cancel: (state) => `a request that is ${state} cannot be cancelled, or is a leaver of whom something is done already`,
}
