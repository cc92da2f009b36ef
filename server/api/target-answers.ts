/** The answers about targets as schemas, for the API's description; `answers.ts` passes them on. */
import * as v from 'valibot'
import { code, failurePolicy, targetCondition, time, whole } from './answer-parts.ts'

export const Target = v.pipe(
  v.object({
    name: v.string(),
    connector: v.string(),
    title: v.object({ en: v.string(), fr: v.string() }),
    onFailure: failurePolicy,
    state: v.pipe(
      targetCondition,
      v.description(
        'open: it failed too often and is left alone; half_open: one step is trying; maintenance: a person switched it off.',
      ),
    ),
    since: v.pipe(v.nullable(time), v.description('Since when; null when nothing ever happened to it.')),
    until: v.pipe(v.nullable(time), v.description('open: when one step tries again.')),
    maintenance: v.nullable(v.object({ reason: v.string(), by: v.string(), since: time })),
    queued: v.pipe(whole, v.description('Steps that wait, those behind others of their identity included.')),
    running: v.pipe(whole, v.description('Steps that a worker is carrying out.')),
    oldestWaitingSeconds: v.nullable(whole),
    lastError: v.pipe(
      v.nullable(v.object({ code: code('Why a call failed.'), at: time })),
      v.description('The last failure that tells of the target, not of one person’s data.'),
    ),
    limits: v.pipe(
      v.object({
        concurrency: v.nullable(whole),
        rateLimit: v.nullable(v.object({ max: whole, perMs: whole })),
        breaker: v.object({ failures: whole, openForMs: whole, atMostMs: whole }),
      }),
      v.description('As configured, all workers together.'),
    ),
  }),
  v.description('One target, how it is doing, and what waits for it.'),
)
export const TargetList = v.object({ items: v.array(Target) })
