/** `/api/v1/requests` and `/api/v1/inbound/:source`: asking for changes, and following what becomes of them. */
import { createHash } from 'node:crypto'
import { Hono, type Context } from 'hono'
import * as v from 'valibot'
import { requestKinds } from '#core/plan.ts'
import { GatewayError } from '#core/errors.ts'
import { listRequests, type RequestFilter } from '#core/ledger/read-request.ts'
import { requestStates } from '#core/states.ts'
import type { Logger } from '#core/log.ts'
import type { PostgresJsDatabase } from '#core/ledger/drizzle.ts'
import { actorName } from '../auth/policy.ts'
import type { InboundAdapter } from '../inbound/adapter.ts'
import { readJson } from '../json-body.ts'
import type { Admission } from '../requests/admission.ts'
import type { Live } from '../requests/live.ts'
import type { Presenter } from '../requests/present.ts'
import type { Submissions } from '../requests/submit.ts'
import type { Sources } from '../requests/sources.ts'
import { respondWhenReady } from './answer.ts'
import { actorOf, may, type Env } from './context.ts'
import { streamEvents } from './stream.ts'
import { visible } from './visible.ts'
import type { Page, RequestSummary } from './types.ts'

export interface RequestRoutesDeps {
  readonly submissions: Submissions
  readonly admission: Admission
  readonly sources: Sources
  readonly adapters: Readonly<Record<string, InboundAdapter>>
  readonly presenter: Presenter
  readonly live: Live
  readonly db: PostgresJsDatabase
  readonly log: Logger
}

export function requestRoutes(deps: RequestRoutesDeps) {
  const { presenter, db } = deps
  return new Hono<Env>()
    .post('/', may('requests:submit'), (c) => receive(c, deps, 'native'))
    .get('/', may('requests:read'), async (c) => {
      const filter = readFilter(c)
      const actor = actorOf(c)
      const rows = await listRequests(db, {
        ...filter,
        ...(actor.kind === 'source' ? { source: actor.name } : {}),
        limit: filter.limit + 1,
      })
      const items = presenter.summaries(rows.slice(0, filter.limit))
      const last = rows[filter.limit - 1]
      return c.json({
        items,
        next: rows.length > filter.limit && last !== undefined ? String(last.seq) : null,
      } satisfies Page<RequestSummary>)
    })
    .get('/:id', may('requests:read'), async (c) => c.json(await visible(c, presenter)))
    .get('/:id/plan', may('requests:read'), async (c) => c.json((await visible(c, presenter)).plan))
    .get('/:id/events', may('requests:read'), async (c) => {
      const { id } = await visible(c, presenter)
      if (c.req.header('Accept')?.includes('text/event-stream') === true) return followOne(c, id, deps)
      return c.json({ items: await presenter.events(id) })
    })
}

export function inboundRoutes(deps: RequestRoutesDeps) {
  return new Hono<Env>().post('/:adapter', may('requests:submit'), (c) => receive(c, deps, c.req.param('adapter')))
}

/** Reads a body through its adapter, and submits what it means. A body may hold several changes; they are answered together. */
async function receive(c: Context<Env>, deps: RequestRoutesDeps, adapterId: string): Promise<Response> {
  const actor = actorOf(c)
  const adapter = deps.adapters[adapterId]
  if (adapter === undefined)
    throw new GatewayError('missing', `there is no adapter named ${adapterId}`, {
      hint: `known adapters: ${Object.keys(deps.adapters).join(', ')}`,
    })
  requireMediaType(c, adapter)
  const text = await c.req.text()
  const source = await deps.sources.get(actor.name)
  const changes = adapter.read(readJson(text), {
    ...source.settings,
    externalId: c.req.query('oid') ?? c.req.query('externalId'),
  })
  const submissions = changes.map((change, index) => ({
    source,
    change,
    actor: actorName(actor),
    idempotency: idempotencyOf(c, text, changes.length === 1 ? '' : `#${index}`),
  }))
  if (c.req.query('dryRun') === 'true') {
    const plans = await Promise.all(submissions.map((submission) => deps.submissions.dryRun(submission)))
    return c.json(plans.length === 1 ? { dryRun: true, plan: plans[0] } : { dryRun: true, plans })
  }
  await requireRoom(deps, submissions)
  const [only] = submissions
  if (only === undefined) return c.json({ items: [] })
  if (submissions.length === 1) return respondWhenReady(c, deps, await deps.submissions.submit(only))
  return answerMany(c, deps, submissions)
}

/** Nothing more is planned while too much waits; what was accepted before is answered for as ever. */
async function requireRoom(
  { admission, submissions }: RequestRoutesDeps,
  wanted: readonly Parameters<Submissions['submit']>[0][],
): Promise<void> {
  const refusal = await admission.refusal()
  if (refusal === null) return
  const known = await Promise.all(wanted.map((submission) => submissions.isKnown(submission)))
  if (!known.every(Boolean)) throw refusal
}

async function answerMany(
  c: Context<Env>,
  deps: RequestRoutesDeps,
  submissions: readonly Parameters<Submissions['submit']>[0][],
): Promise<Response> {
  const results = await Promise.allSettled(submissions.map((submission) => deps.submissions.submit(submission)))
  const items = await Promise.all(
    results.map(async (result, index) =>
      result.status === 'fulfilled'
        ? await deps.presenter.summary(result.value.requestId)
        : { externalId: submissions[index]?.change.externalId, problem: toReason(result.reason) },
    ),
  )
  return c.json({ items }, 202)
}

function toReason(error: unknown): { code: string; message: string } {
  return error instanceof GatewayError
    ? { code: error.code, message: error.message }
    : { code: 'internal', message: 'it could not be accepted' }
}

function requireMediaType(c: Context<Env>, adapter: InboundAdapter): void {
  const type = (c.req.header('Content-Type') ?? 'application/json').split(';')[0]?.trim().toLowerCase() ?? ''
  if (adapter.mediaTypes.includes(type) || type.endsWith('+json')) return
  throw new GatewayError('unsupported_media_type', `${type} is not understood here`, {
    hint: `send ${adapter.mediaTypes.join(' or ')}`,
  })
}

/** The key as its client sent it, and what it stands for: the same key with another body is a mistake. */
function idempotencyOf(c: Context<Env>, text: string, suffix: string): { key: string; bodyHash: string } | null {
  const key = c.req.header('Idempotency-Key')
  if (key === undefined) return null
  if (!/^[\x21-\x7e]{1,200}$/.test(key))
    throw new GatewayError('bad_request', 'the Idempotency-Key must be 1 to 200 visible ASCII characters')
  const bodyHash = createHash('sha256')
    .update(`${c.req.path}\n${c.req.query('oid') ?? c.req.query('externalId') ?? ''}\n`)
    .update(text)
    .digest('hex')
  return { key: key + suffix, bodyHash }
}

const list = <const Options extends readonly string[]>(options: Options) =>
  v.optional(
    v.pipe(
      v.string(),
      v.transform((text) => text.split(',').filter(Boolean)),
      v.array(v.picklist(options, `must be one of ${options.join(', ')}`)),
    ),
  )

export const Filter = v.object({
  state: list(requestStates),
  kind: list(requestKinds),
  source: v.optional(v.string()),
  target: v.optional(v.string()),
  q: v.optional(v.pipe(v.string(), v.trim(), v.maxLength(200))),
  cursor: v.optional(v.pipe(v.string(), v.regex(/^\d{1,18}$/, 'must be the cursor that a page gave'))),
  limit: v.optional(
    v.pipe(v.string(), v.regex(/^\d{1,3}$/, 'must be a number'), v.transform(Number), v.minValue(1), v.maxValue(200)),
    '50',
  ),
})

function readFilter(c: Context<Env>): RequestFilter {
  const result = v.safeParse(Filter, c.req.query())
  if (!result.success) {
    const [issue] = result.issues
    throw new GatewayError('bad_request', `the query parameter ${v.getDotPath(issue) ?? ''} is wrong: ${issue.message}`)
  }
  const { state, kind, source, target, q, cursor, limit } = result.output
  return {
    limit,
    ...(state?.length ? { states: state } : {}),
    ...(kind?.length ? { kinds: kind } : {}),
    ...(source ? { source } : {}),
    ...(target ? { target } : {}),
    ...(q ? { text: q } : {}),
    ...(cursor ? { before: Number(cursor) } : {}),
  }
}

/** The events of one request as they happen, from its first; ends when the request is final. */
function followOne(c: Context<Env>, id: string, { presenter, live, log }: RequestRoutesDeps): Response {
  return streamEvents(c, { log, live }, async (stream) => {
    let sent = Number(c.req.header('Last-Event-ID') ?? 0)
    let bell = Promise.withResolvers<void>()
    using _ = live.subscribe((changes) => {
      if (changes.some((change) => change.requestId === id)) bell.resolve()
    })
    stream.onAbort(() => bell.resolve())
    while (!stream.aborted) {
      const detail = await presenter.summary(id)
      for (const event of await presenter.events(id)) {
        if (event.seq <= sent) continue
        await stream.writeSSE({ id: String(event.seq), event: event.action, data: JSON.stringify(event) })
        sent = event.seq
      }
      if (detail === null || detail.settledAt !== null) return
      const timer = setTimeout(bell.resolve, 5_000)
      await bell.promise
      clearTimeout(timer)
      bell = Promise.withResolvers()
    }
  })
}
