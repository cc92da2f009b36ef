/** A world with two SQL targets, its queues as somebody at Redis' own command line has them, and people who use Bull Board. */
import assert from 'node:assert/strict'
import { setTimeout as delay } from 'node:timers/promises'
import { openDatabase } from '#core/database.ts'
import { createLog } from '#core/log.ts'
import { openQueues, type Queues } from '#core/queues.ts'
import type { Role } from '#server/api/types.ts'
import { createPerson } from '#server/auth/sessions.ts'
import { shippedRules, sqlTargets, targetDatabase } from './sql-targets.ts'
import { openWorld, type World, type WorldOptions } from './world.ts'

export const queueNames = [
  ...['finalize', 'simulate'],
  ...['directory', 'intranet'].flatMap((target) => [`apply-${target}`, `undo-${target}`, `reconcile-${target}`]),
]
/** Bull Board's own API. */
export const boardApi = '/queues/api/queues'

export interface QueueStage extends AsyncDisposable {
  readonly world: World
  /** The same queues, opened behind the gateway's back. */
  readonly queues: Queues
  /** Headers of a browser in which an administrator is logged in, and has said why. */
  readonly admin: Record<string, string>
  /** Makes a person of that role, once, and logs them in. */
  login(role: Role): Promise<Record<string, string>>
  /** A request that the intranet refused, with the id of the failed job. */
  refused(externalId: string, familyName: string): Promise<{ readonly id: string; readonly jobId: string }>
  /** What the intranet refuses otherwise is accepted meanwhile. */
  mended(work: () => Promise<void>): Promise<void>
  /** Everything that the queues hold. */
  snapshot(): Promise<unknown>
  /** Waits until the request has as many audited `superseded` records; gives how many there are. */
  superseded(id: string, count: number): Promise<number>
}

export async function openQueueStage(options: Pick<WorldOptions, 'engine'> & Partial<WorldOptions>): Promise<QueueStage> {
  const stack = new AsyncDisposableStack()
  try {
    const world = stack.use(await openWorld({ targets: sqlTargets, ruleSet: shippedRules(), ...options }))
    const queues = stack.use(
      await openQueues({
        redisUrl: world.redis?.url,
        databaseUrl: world.databaseUrl,
        log: createLog('silent', 'test'),
        poolSize: 5,
      }),
    )
    const admin = { ...(await world.login()), 'Passerelle-Reason': encodeURIComponent('the disk is no longer full – à nouveau') }
    const made = new Set<Role>(['admin'])
    return {
      world,
      queues,
      admin,
      async login(role) {
        if (!made.has(role)) {
          made.add(role)
          await using database = await openDatabase({ url: world.databaseUrl, name: 'test', poolSize: 1 })
          await createPerson(database.sql, role, role, `password of ${role}`)
        }
        return role === 'admin' ? world.login() : world.login(role, `password of ${role}`)
      },
      async refused(externalId, familyName) {
        const { body } = await world.submit(newcomer(externalId, familyName, 'Refused'))
        assert.equal(body.state, 'rolled_back')
        return { id: body.id, jobId: `r-${body.id}-g1-intranet` }
      },
      mended: (work) => mended(world, work),
      snapshot: () => snapshot(queues),
      superseded: (id, count) => superseded(world, id, count),
      [Symbol.asyncDispose]: () => stack.disposeAsync(),
    }
  } catch (error) {
    await stack.disposeAsync()
    throw error
  }
}

/** The intranet refuses the organizational unit `Refused`, and takes `Finance`. */
export function newcomer(externalId: string, familyName: string, organizationalUnit = 'Finance') {
  return { kind: 'create', externalId, attributes: { givenName: 'Ada', familyName, organizationalUnit } }
}

async function mended({ postgres }: World, work: () => Promise<void>): Promise<void> {
  await postgres.query(targetDatabase, 'alter table intranet.account drop constraint service_allowed')
  try {
    await work()
  } finally {
    await postgres.query(
      targetDatabase,
      `alter table intranet.account add constraint service_allowed check (service <> 'Refused') not valid`,
    )
  }
}

async function snapshot(queues: Queues): Promise<unknown> {
  return Promise.all(
    queueNames.map(async (name) => {
      const queue = queues.queue(name)
      const [counts, jobs, paused] = await Promise.all([queue.getJobCounts(), queue.getJobs(), queue.isPaused()])
      const shown = jobs.map(({ id, data, opts, attemptsMade, failedReason }) => ({ id, data, opts, attemptsMade, failedReason }))
      return { name, counts, paused, jobs: shown.toSorted((one, other) => String(one.id).localeCompare(String(other.id))) }
    }),
  )
}

async function superseded(world: World, id: string, count: number): Promise<number> {
  for (let left = 100; left > 0; left--) {
    const rows = await world.query(`select 1 from passerelle.audit where request_id = $1 and action = 'superseded'`, [id])
    if (rows.length >= count) return rows.length
    await delay(50)
  }
  return 0
}
