/** Two servers and two workers under a steady stream of requests, for tests that take something away from them. */
import { setTimeout as delay } from 'node:timers/promises'
import { openPostgres } from '#tests/harness/postgres.ts'
import { shippedRules } from '#tests/harness/sql-targets.ts'
import { journaledTargets, openStream, outcomeOf, type Outcome, type Stream } from '#tests/harness/stream.ts'
import { openWorld, type World, type WorldOptions, type WorldProcess } from '#tests/harness/world.ts'

export interface FleetOptions {
  readonly engine: 'redis' | 'postgres'
  readonly redisUrl?: string
  readonly perSecond?: number
  /** Letters that name the stream's people. */
  readonly prefix: string
  readonly variables?: Readonly<Record<string, string>>
  /** Of the world, when they are not to be the usual ones. */
  readonly world?: Pick<WorldOptions, 'postgresSettings' | 'postgresDiskMegabytes' | 'postgresSocket'>
}

export interface Fleet extends AsyncDisposable {
  readonly world: World
  readonly stream: Stream
  /** Where the stream goes, in turns; a test may add and remove servers. */
  readonly urls: string[]
  /** Processes that ended without having been told to. */
  readonly dead: readonly string[]
  /** No more is sent; what was accepted is final. */
  end(): Promise<Outcome>
}

/** Two servers and two workers under a steady stream. The targets have a PostgreSQL of their own, which is spared. */
export async function openFleet({
  engine,
  redisUrl,
  perSecond = 20,
  prefix,
  variables = {},
  world: more = {},
}: FleetOptions): Promise<Fleet> {
  const stack = new AsyncDisposableStack()
  try {
    const targets = stack.use(await openPostgres())
    const world = stack.use(
      await openWorld({
        engine,
        ...(redisUrl === undefined ? {} : { redisUrl }),
        targets: () => journaledTargets(targets),
        ruleSet: shippedRules(),
        workers: 2,
        ...more,
        variables: { WORKER_CONCURRENCY: '20', ...variables },
      }),
    )
    const second = await world.startServer()
    const dead: string[] = []
    const watch = (name: string, { child, log }: WorldProcess) =>
      child.once('exit', (code, signal) => dead.push(`${name} ended (${signal ?? code}): ${log().slice(-1_500)}`))
    watch('the first server', world.server)
    watch('the second server', second)
    for (const [index, worker] of world.workers.entries()) watch(`worker ${index}`, worker)
    const urls = [world.url, second.url]
    const stream = openStream({ apiKey: world.apiKey, urls, perSecond, prefix })
    stack.defer(() => stream.stop(0).catch(() => {}))
    return {
      world,
      stream,
      urls,
      dead,
      async end() {
        await stream.stop()
        return outcomeOf(stream, world, targets)
      },
      [Symbol.asyncDispose]: () => stack.disposeAsync(),
    }
  } catch (error) {
    await stack.disposeAsync()
    throw error
  }
}

/** Milliseconds until something new stands in the audit trail: the gateway works again. */
export async function pickUpMs({ query }: Pick<World, 'query'>, since = performance.now()): Promise<number> {
  const head = async () => Number((await query('select seq from passerelle.audit_head'))[0]?.seq)
  const before = await head()
  while ((await head()) === before) {
    if (performance.now() - since > 30_000) throw new Error('nothing was written within 30 s')
    await delay(5)
  }
  return Math.round(performance.now() - since)
}

/** Milliseconds until another step was applied: the queues work again. */
export async function appliedMs({ query }: Pick<World, 'query'>, since = performance.now()): Promise<number> {
  const applied = async () => Number((await query(`select count(*) from passerelle.step where state = 'applied'`))[0]?.count)
  const before = await applied()
  while ((await applied()) === before) {
    if (performance.now() - since > 60_000) throw new Error('nothing was applied within 60 s')
    await delay(10)
  }
  return Math.round(performance.now() - since)
}

/** What a fleet must come to, whatever was taken away from it. */
export const unharmed = ({ sent }: Outcome): Outcome => ({
  sent,
  lost: 0,
  states: { succeeded: sent },
  doubleEffects: 0,
  missing: 0,
})
