/**
 * Bull Board at `/queues`, behind our own guard. Bull Board's verbs speak of jobs; the ledger is what counts. What each verb means here
 * stands in `queues-board/verbs.ts`; whatever changes something needs the right, our own pages as its origin, and a reason, and is on
 * record before it happens.
 */
import { readFileSync } from 'node:fs'
import { createBullBoard } from '@bull-board/api'
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter'
import { HonoAdapter } from '@bull-board/hono'
import { serveStatic } from '@hono/node-server/serve-static'
import { Hono, type MiddlewareHandler } from 'hono'
import type { Sql } from '#core/database.ts'
import { GatewayError } from '#core/errors.ts'
import type { Ledger } from '#core/ledger/index.ts'
import type { Logger } from '#core/log.ts'
import { applyQueue, finalizeQueue, reconcileQueue, simulateQueue, undoQueue, type Queues } from '#core/queues.ts'
import { isUuid } from '#core/uuid.ts'
import { may, type Env } from './api/context.ts'
import { guard, inBoardsWords } from './queues-board/guard.ts'
import { findJobs, jobsPage, jobsPageStyle } from './queues-board/jobs-of-request.ts'
import { languageOf } from './queues-board/operator.ts'
import { dressPage, policy, script } from './queues-board/page.ts'
import { pageOf, type RetryDeps } from './queues-board/retry.ts'

export interface QueuesBoardDeps {
  readonly queues: Pick<Queues, 'queue'>
  readonly ledger: Pick<Ledger, 'record' | 'wakeNow'>
  readonly retry: RetryDeps['retry']
  readonly sql: Sql
  readonly log: Logger
  /** The targets as they are configured now. */
  readonly targets: () => readonly string[]
}

const base = '/queues'

export function queuesBoard(deps: QueuesBoardDeps) {
  const { queues, sql, log } = deps
  const { plugin, names, refresh } = createBoard(deps)
  const operatorScript = readFileSync(new URL(`queues-board/${script}`, import.meta.url), 'utf8')

  return new Hono<Env>()
    .use(may('queues:read'))
    .use(async (c, next) => {
      refresh()
      await next()
      c.header('Content-Security-Policy', policy)
      c.header('Cache-Control', c.req.path.startsWith(`${base}/static/`) ? 'private, max-age=86400' : 'no-store')
    })
    .use('/api/*', guard(base, { ...deps, names }))
    .get(`/${script}`, (c) => c.body(operatorScript, 200, { 'Content-Type': 'text/javascript; charset=utf-8' }))
    .get('/jobs.css', (c) => c.body(jobsPageStyle, 200, { 'Content-Type': 'text/css; charset=utf-8' }))
    .get('/cancelled.json', (c) => c.json({ error: 'cancelled' }))
    .get('/requests/:id', async (c) => {
      const id = c.req.param('id')
      const jobs = isUuid(id) ? await findJobs(sql, queues, id) : null
      if (jobs === null) throw new GatewayError('missing', 'there is no such request')
      return c.html(jobsPage(id, jobs, languageOf(c)))
    })
    .use(dressed)
    .route('/', plugin)
    .onError(inBoardsWords(log))
}

/** Bull Board itself, with the queues of the targets that are configured now. */
function createBoard({ queues, targets }: QueuesBoardDeps) {
  const adapter = new HonoAdapter(serveStatic).setBasePath(base)
  let names: readonly string[] = []
  const board = createBullBoard({
    queues: [],
    serverAdapter: adapter,
    options: {
      uiConfig: {
        boardTitle: 'Passerelle',
        miscLinks: [{ text: 'Passerelle', url: '/requests' }],
        hideDocsLink: true,
        locale: { lng: 'en-US' },
      },
    },
  })
  return {
    plugin: adapter.registerPlugin(),
    names: () => names,
    refresh(): void {
      const ofTarget = (target: string) => [applyQueue(target), undoQueue(target), reconcileQueue(target)]
      const wanted = [finalizeQueue, simulateQueue, ...targets().flatMap(ofTarget)]
      if (wanted.join(' ') === names.join(' ')) return
      names = wanted
      board.setQueues(
        names.map(
          (name) =>
            new BullMQAdapter(queues.queue(name) as never, {
              description: describe(name),
              externalJobUrl: ({ id }) => ({ displayText: 'Passerelle', href: pageOf(String(id)) }),
            }),
        ),
      )
    },
  }
}

/** The board's page and nothing else of what it serves. */
const dressed: MiddlewareHandler<Env> = async (c, next) => {
  await next()
  if (c.res.headers.get('Content-Type')?.startsWith('text/html') !== true) return
  c.res = new Response(dressPage(await c.res.text(), languageOf(c)), c.res)
}

function describe(name: string): string {
  if (name === finalizeQueue) return 'decides requests when their steps have ended'
  if (name === simulateQueue) return 'tries versions of rules on what really came'
  if (name.startsWith(reconcileQueue(''))) return `what is in ${name.slice(10)}, beside what was left there`
  return name.startsWith('apply-') ? `changes in ${name.slice(6)}` : `rollback in ${name.slice(5)}`
}
