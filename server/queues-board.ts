/**
 * Bull Board at `/queues`, behind our own guard. Bull Board's verbs speak of jobs; the ledger is what counts. So looking is
 * passed through, a retry becomes the gateway's own retry of the job's request, and every verb that could lose or falsify
 * something is refused with the reason. All that changes anything is audited.
 */
import { createBullBoard } from '@bull-board/api'
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter'
import { HonoAdapter } from '@bull-board/hono'
import { serveStatic } from '@hono/node-server/serve-static'
import { Hono, type Context } from 'hono'
import { GatewayError } from '#core/errors.ts'
import type { Ledger } from '#core/ledger/index.ts'
import { applyQueue, finalizeQueue, undoQueue, type Queues } from '#core/queues.ts'
import { actorName } from './auth/policy.ts'
import { actorOf, may, requireSameOrigin, type Env } from './api/context.ts'

export interface QueuesBoardDeps {
  readonly queues: Pick<Queues, 'queue'>
  readonly ledger: Pick<Ledger, 'retry' | 'record'>
  /** The targets as they are configured now. */
  readonly targets: () => readonly string[]
}

const base = '/queues'
/** Failed jobs that one click on "retry all" may re-drive. */
const retryAtMost = 1_000

export function queuesBoard({ queues, ledger, targets }: QueuesBoardDeps) {
  const adapter = new HonoAdapter(serveStatic).setBasePath(base)
  let names: readonly string[] = []
  const board = createBullBoard({
    queues: [],
    serverAdapter: adapter,
    options: { uiConfig: { boardTitle: 'Passerelle', miscLinks: [{ text: 'Passerelle', url: '/requests' }] } },
  })

  /** Targets come and go with the configuration, and their queues with them. */
  function refresh(): void {
    const wanted = [finalizeQueue, ...targets().flatMap((target) => [applyQueue(target), undoQueue(target)])]
    if (wanted.join(' ') === names.join(' ')) return
    names = wanted
    board.setQueues(names.map((name) => new BullMQAdapter(queues.queue(name) as never, { description: describe(name) })))
  }

  async function retryRequest(c: Context<Env>, jobId: string): Promise<boolean> {
    const requestId = requestOf(jobId)
    if (requestId === null) throw new GatewayError('conflict', 'this job belongs to no request')
    const result = await ledger.retry({ requestId, actor: actorName(actorOf(c)), reason: 'retried in Bull Board' })
    return result.outcome === 'accepted'
  }

  return new Hono<Env>()
    .get('*', may('queues:read'))
    .use(async (_c, next) => {
      refresh()
      await next()
    })
    .on(['PUT', 'POST', 'PATCH', 'DELETE'], '*', may('queues:operate'), async (_c, next) => {
      requireSameOrigin(_c)
      await next()
    })
    .put('/api/queues/:queue/retry/:status', async (c) => {
      const jobs = await queues.queue(known(names, c.req.param('queue'))).getFailed(0, retryAtMost - 1)
      const requestIds = new Set(jobs.flatMap((job) => requestOf(job.id ?? '') ?? []))
      for (const id of requestIds) await retryRequest(c, `r-${id}-`)
      return c.body(null, 204)
    })
    .put('/api/queues/:queue/:job/retry', async (c) => {
      known(names, c.req.param('queue'))
      if (await retryRequest(c, c.req.param('job'))) return c.body(null, 204)
      throw new GatewayError(
        'conflict',
        'the request of this job cannot be done again as it is: it is finished, under way, or a later one has replaced it',
      )
    })
    .put('/api/queues/:queue/:verb{pause|resume}', async (c, next) => {
      const queue = known(names, c.req.param('queue'))
      await ledger.record({ action: `queue_${c.req.param('verb')}`, actor: actorName(actorOf(c)), detail: { queue } })
      await next()
    })
    .on(['PUT', 'POST', 'PATCH', 'DELETE'], '*', async (c, next) => {
      if (/\/api\/queues\/[^/]+\/(pause|resume)$/.test(c.req.path)) return next()
      throw new GatewayError('forbidden', 'this is not done to jobs here: the ledger is what counts', {
        hint: 'retry the request, or pause its queue',
      })
    })
    .route('/', adapter.registerPlugin())
}

function known(names: readonly string[], name: string): string {
  if (!names.includes(name)) throw new GatewayError('missing', 'there is no such queue')
  return name
}

/** The request that a job id stands for; see the relay, which makes them. */
function requestOf(jobId: string): string | null {
  return /^r-([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})-/.exec(jobId)?.[1] ?? null
}

function describe(name: string): string {
  if (name === finalizeQueue) return 'decides requests when their steps have ended'
  return name.startsWith('apply-') ? `changes in ${name.slice(6)}` : `rollback in ${name.slice(5)}`
}
