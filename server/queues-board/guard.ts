/**
 * In front of every verb of Bull Board: what is not known is refused; what changes something needs the right, our own pages as its origin
 * and a reason, and is on record before it is done.
 */
import type { Context, MiddlewareHandler } from 'hono'
import { GatewayError } from '#core/errors.ts'
import type { Ledger } from '#core/ledger/index.ts'
import type { Logger } from '#core/log.ts'
import type { Queues } from '#core/queues.ts'
import { actorOf, requireSameOrigin, type Env } from '../api/context.ts'
import { createErrorHandler } from '../api/problem.ts'
import type { ProblemDetails } from '../api/types.ts'
import { actorName, isAllowed } from '../auth/policy.ts'
import { languageOf, readAsked, type Asked } from './operator.ts'
import { createJobRetry, requestOf, type Retried, type RetryDeps } from './retry.ts'
import { findVerb, unknownVerb, type KnownVerb, type Words } from './verbs.ts'

export interface GuardDeps extends RetryDeps {
  readonly queues: Pick<Queues, 'queue'>
  readonly ledger: Pick<Ledger, 'record' | 'wakeNow'>
  /** The queues that the board shows now. */
  readonly names: () => readonly string[]
}

/** @param base the board's own address */
export function guard(base: string, deps: GuardDeps): MiddlewareHandler<Env> {
  const retry = createRetryVerbs(deps)
  return async (c, next) => {
    const known = findVerb(c.req.method, c.req.path.slice(base.length))
    if (known?.verb.does === 'look') return next()
    requireRight(c, 'queues:operate')
    requireSameOrigin(c)
    if (known === null) throw refused(c, 'forbidden', unknownVerb)
    const { verb, queue, jobId, status } = known
    if (verb.does === 'refuse') throw refused(c, 'forbidden', verb.why)
    if (queue !== null && !deps.names().includes(queue)) throw new GatewayError('missing', 'there is no such queue')
    const asked = readAsked(c)
    if (!('action' in verb)) return retry(c, known, asked)
    if (verb.does !== 'pass') await requireEnded(c, deps, known)
    const requestId = requestOf(jobId ?? '')
    await deps.ledger.record({
      action: verb.action,
      actor: actorName(actorOf(c)),
      ...(requestId !== null && { requestId }),
      detail: { reason: asked.reason, ...about({ queue, job: jobId, status }) },
    })
    return next()
  }
}

function createRetryVerbs(deps: GuardDeps) {
  const retry = createJobRetry(deps)
  return async (c: Context<Env>, { queue, jobId, status }: KnownVerb, asked: Asked): Promise<Response> => {
    requireRight(c, 'requests:retry')
    const actor = actorName(actorOf(c))
    if (jobId !== null) {
      const outcome = await retry.one(queue ?? '', jobId, actor, asked)
      if (outcome === 'again' || outcome === 'hurried') return c.body(null, 204)
      throw refused(c, 'conflict', notAgain[outcome])
    }
    if (status !== 'failed') throw refused(c, 'forbidden', onlyFailed)
    await deps.ledger.record({ action: 'jobs_retried', actor, detail: { ...asked, ...about({ queue }) } })
    const { retried, left } = await retry.all(queue ?? '', actor, asked)
    if (left === 0) return c.json({ retried, skipped: 0 })
    return c.json({ retried, skipped: left, ...someLeft(languageOf(c), retried, left) }, 409)
  }
}

/** What is known of it; the audit trail holds no empty columns. */
function about(details: Readonly<Record<string, string | null>>): Record<string, string> {
  return Object.fromEntries(Object.entries(details).flatMap(([name, value]) => (value === null ? [] : [[name, value]])))
}

/** The right is asked for here and not by `may`, because only the verb tells which it is. */
function requireRight(c: Context<Env>, right: 'queues:operate' | 'requests:retry'): void {
  if (!isAllowed(actorOf(c), right)) throw new GatewayError('forbidden', `this needs the right ${right}`)
}

/** Only what has ended may leave its list: the rest would be rung again, and look meanwhile as if it had been stopped. */
async function requireEnded(c: Context<Env>, { queues }: GuardDeps, { queue, jobId, status }: KnownVerb): Promise<void> {
  const state = status ?? (await (await queues.queue(queue ?? '').getJob(jobId ?? ''))?.getState())
  if (state !== undefined && state !== 'failed' && state !== 'completed') throw refused(c, 'conflict', stillToRun)
}

function refused(c: Context<Env>, code: 'forbidden' | 'conflict', why: Words): GatewayError {
  return new GatewayError(code, why[languageOf(c)])
}

const stillToRun: Words = {
  en: 'This is still to run: the gateway would ring again for it. Cancel the request in Passerelle instead.',
  fr: 'Ce travail est encore à faire : la passerelle sonnerait de nouveau. Annulez plutôt la demande dans Passerelle.',
}
const onlyFailed: Words = { en: 'Only what failed is done again.', fr: 'On ne relance que ce qui a échoué.' }
const notAgain: Readonly<Record<Exclude<Retried, 'again' | 'hurried'>, Words>> = {
  finished: {
    en: 'The request of this job is finished, or cannot be done again from where it stands.',
    fr: 'La demande de ce travail est terminée, ou ne peut pas être relancée là où elle en est.',
  },
  overtaken: {
    en: 'A later request of the same identity was accepted: the last accepted wins.',
    fr: 'Une demande plus récente de la même identité a été acceptée : la dernière l’emporte.',
  },
  in_place: {
    en: 'The rules of today want something else of what is in place already. Keep the rules, or ask for an update.',
    fr: 'Les règles d’aujourd’hui veulent autre chose que ce qui est déjà en place. Gardez les règles, ou demandez une mise à jour.',
  },
  unplannable: {
    en: 'The rules of today make no plan of this request. Keep the rules, or mend them.',
    fr: 'Les règles d’aujourd’hui ne font pas de plan de cette demande. Gardez les règles, ou corrigez-les.',
  },
  by_itself: {
    en: 'Simulations and reconciliations go on by themselves until they are over. For another one, begin it in Passerelle.',
    fr: 'Les simulations et les rapprochements se poursuivent d’eux-mêmes jusqu’à leur fin. Pour un autre, lancez-le dans Passerelle.',
  },
  unknown: { en: 'This job belongs to no request.', fr: 'Ce travail n’appartient à aucune demande.' },
}

/** Bull Board tells this only when the status is one of failure; else it would say that all were sent back. */
function someLeft(language: 'en' | 'fr', retried: number, left: number): { error: string; message: string } {
  return language === 'fr'
    ? {
        error: `Relancées : ${retried}. Non relancées : ${left}.`,
        message:
          'Ces dernières sont terminées, remplacées par une demande plus récente, ou refusées par les règles d’aujourd’hui.',
      }
    : {
        error: `Done again: ${retried}. Not done again: ${left}.`,
        message: 'The latter are finished, replaced by a later request of the same identity, or refused by the rules of today.',
      }
}

/** Bull Board shows `error` and `message` of an answer to the person; our problem details stand beside them. */
export function inBoardsWords(log: Logger) {
  const toProblem = createErrorHandler(log)
  return async (thrown: Error, c: Context<Env>): Promise<Response> => {
    const response = await toProblem(thrown, c)
    const problem = (await response.json()) as ProblemDetails
    const message = [problem.detail, problem.hint].filter(Boolean).join(' ')
    const error = c.var.actor !== null && languageOf(c) === 'fr' ? 'Rien n’a été changé' : 'Nothing was changed'
    return Response.json({ ...problem, error, message }, { status: response.status, headers: response.headers })
  }
}
