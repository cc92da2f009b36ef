/** A worker process's inside: all queues of its targets, and what all targets share: the finalizer, the relay and the reconciler. */
import type { Processor } from 'bullmq'
import type { Connector } from '#connectors/kit/connector.ts'
import { ledgerConnections, mostJobsInPostgres, queueConnections, requireCapacity } from '#core/capacity.ts'
import { openCache } from '#core/cache.ts'
import { createCrashPoint } from '#core/crash-points.ts'
import { openDatabase, type Database } from '#core/database.ts'
import type { Environment } from '#core/environment.ts'
import { openLedger } from '#core/ledger/index.ts'
import type { Logger } from '#core/log.ts'
import { applyQueue, finalizeQueue, openQueues, undoQueue, type Queues } from '#core/queues.ts'
import { openProcessSigns } from '#core/process-signs.ts'
import { createSealer } from '#core/sealing.ts'
import { openTargetWatch, type TargetWatch } from '#core/target-watch.ts'
import { configurationChannel, readTargets } from '#core/targets.ts'
import { createApplyStep, type StepJobDeps } from './apply.ts'
import { createFinalize } from './finalize.ts'
import { openGate, type Gate } from './gate.ts'
import { withoutValues } from './job-errors.ts'
import { createLeases } from './leases.ts'
import { createLook } from './look.ts'
import { openReconciliations } from './reconciliations.ts'
import { patient, settlePatiently } from './outage.ts'
import { keepLimits } from './limits.ts'
import { openTargets, type OpenTargets } from '#connectors/open-targets.ts'
import { createProbeStep } from './probe.ts'
import { createSuspects } from './suspects.ts'
import { keepSurveys } from './surveys.ts'
import { createUndoStep } from './undo.ts'
import { createVersions } from './versions.ts'
import { servedBy, type WorkerPart } from './served.ts'

const configurationChanged = 'the configuration changed'

export interface WorkerOptions {
  readonly environment: Environment
  readonly connectors: Readonly<Record<string, Connector>>
  readonly log: Logger
  /** All when absent. */
  readonly part?: WorkerPart
  /** What the process is called in the metrics; `worker` when absent. */
  readonly name?: string
  /** Told early which kinds of connectors the targets are of that this worker is to serve, whatever its part. */
  readonly tellKinds?: (kinds: readonly string[]) => void
}

export interface RunningWorker extends AsyncDisposable {
  readonly engine: string
  readonly targets: readonly string[]
  /** Resolves, with the reason, when this worker must be opened anew. */
  readonly outdated: Promise<string>
  /** Cuts the calls that are still under way: their outcome is unknown, and is found out by whoever takes up their steps. */
  abort(): void
}

export async function openWorker(options: WorkerOptions): Promise<RunningWorker> {
  const { environment, connectors, log, part = 'all' } = options
  const stack = new AsyncDisposableStack()
  try {
    const database = stack.use(await openDatabase({ url: environment.DATABASE_URL, name: 'passerelle-worker' }))
    const sealer = createSealer(environment.PASSERELLE_KEY)
    const ledger = openLedger({ database, sealer, log })
    const watch = stack.use(await openTargetWatch({ sql: database.sql, log }))
    const changed = Promise.withResolvers<string>()
    // An announcement is lost when nobody listens: the connection may have been down, and come back.
    const opened = versionsOf(watch)
    watch.subscribe(() => {
      if (versionsOf(watch) !== opened) changed.resolve(configurationChanged)
    })
    const cache = stack.use(await openCache({ redisUrl: environment.REDIS_URL, sql: database.sql, sealer, log }))
    stack.use(await openProcessSigns({ sql: database.sql, part: options.name ?? 'worker', cache, log }))
    const serves = await servedTargets(options, database)
    const targets = stack.use(await openTargets({ database, ledger, connectors, log, cache, serves }))
    const { queues, concurrency } = await openOwnQueues({ environment, database, targets, log, part })
    stack.use(queues)
    const leases = stack.use(createLeases({ ledger, seconds: environment.WORKER_LEASE_SECONDS, log }))
    const crashPoint = createCrashPoint(environment.CRASH_AT)
    const gate = stack.use(openGate({ watch, ledger, log, deadlineMs: targets.deadlineMs }))
    const stopping = new AbortController()
    const jobs = {
      suspects: createSuspects(),
      ledger: { ...ledger, settle: settlePatiently(ledger, stopping.signal) },
      ...{ targets, gate, leases, sealer, log, crashPoint },
    }
    const lockMs = environment.WORKER_LEASE_SECONDS * 1000
    const workers = startWorkers(jobs, gate, queues, { part, concurrency, lockDuration: lockMs, stalledInterval: lockMs })
    // Before the targets' connections and the leases are given up: jobs under way end first.
    stack.defer(() => Promise.all(workers.map((worker) => worker.close())).then(() => undefined))
    void queues.drifted.then(() => changed.resolve('its clock and that of PostgreSQL differ'))
    stack.use(await keepLimits({ queues, targets, log }))
    stack.use(keepSurveys({ sql: database.sql, targets, watch, log }))
    await Promise.all(workers.map((worker) => worker.waitUntilReady()))
    stack.use(
      await openReconciliations({ ...jobs, ledger, sql: database.sql, queues, seconds: environment.WORKER_LEASE_SECONDS }),
    )
    if (part !== 'targets')
      await (await loadShared()).openShared(stack, { environment, database, ledger, queues, log, crashPoint })
    await database.sql.listen(configurationChannel, () => changed.resolve(configurationChanged))
    return {
      engine: queues.engine,
      targets: targets.names,
      outdated: changed.promise,
      abort() {
        stopping.abort()
        for (const worker of workers) worker.cancelAllJobs('the worker stops')
      },
      [Symbol.asyncDispose]: () => stack.disposeAsync(),
    }
  } catch (error) {
    await stack.disposeAsync()
    throw error
  }
}

/** A process of one kind of connectors never needs it: what is not loaded takes no memory. */
const loadShared = () => import('./shared.ts')

/** Tells early of which kinds the targets are; those that this process itself serves. */
async function servedTargets({ environment, part, tellKinds }: WorkerOptions, { sql }: Database) {
  const serves = servedBy(environment)
  const kinds = (await readTargets(sql)).filter(serves).map(({ connector }) => connector)
  tellKinds?.([...new Set(kinds)])
  return part === 'shared' ? () => false : serves
}

interface OwnQueues {
  readonly queues: Queues
  /** Jobs of one queue at once. */
  readonly concurrency: number
}

/** The queues, with connections for one worker of the finalizer, one of simulations and three of each target. */
async function openOwnQueues(own: {
  readonly environment: Environment
  readonly database: Database
  readonly targets: OpenTargets
  readonly log: Logger
  readonly part: WorkerPart
}): Promise<OwnQueues> {
  const { environment, database, targets, log, part } = own
  const { REDIS_URL: redisUrl, DATABASE_URL: databaseUrl, WORKER_CONCURRENCY: wanted } = environment
  const concurrency = redisUrl === undefined ? Math.min(wanted, mostJobsInPostgres) : wanted
  const poolSize = queueConnections((part === 'targets' ? 0 : 2) + 3 * targets.names.length, concurrency)
  await requireCapacity(database.sql, 'worker', ledgerConnections + (redisUrl === undefined ? poolSize : 0))
  return { queues: await openQueues({ redisUrl, databaseUrl, log, poolSize }), concurrency }
}

type StartOptions = Parameters<Queues['worker']>[2] & { readonly part: WorkerPart }

function startWorkers(jobs: StepJobDeps, gate: Gate, queues: Queues, { part, ...options }: StartOptions) {
  const { ledger, targets, log, crashPoint } = jobs
  const ofThisVersion = createVersions({ ledger, log })
  const guarded = (processor: Processor) => withoutValues(patient(ofThisVersion(processor), log), log)
  const finalize = () => queues.worker(finalizeQueue, guarded(createFinalize({ ledger, crashPoint })), options)
  const ofTargets = targets.names.flatMap((target) => {
    const own = [
      queues.worker(
        applyQueue(target),
        guarded(byName({ apply: createApplyStep(jobs), probe: createProbeStep(jobs), look: createLook(jobs) })),
        options,
      ),
      queues.worker(undoQueue(target), guarded(createUndoStep(jobs)), options),
    ]
    gate.keep(target, own, Math.min(options.concurrency ?? 1, targets.limits(target).concurrency ?? Infinity))
    return own
  })
  return part === 'targets' ? ofTargets : [finalize(), ...ofTargets]
}

/** One text for all targets' configuration: another one after every change. */
function versionsOf(watch: TargetWatch): string {
  return watch
    .rows()
    .map(({ target, version }) => `${target} ${version}`)
    .sort()
    .join('\n')
}

/** What a target is asked to do, and what it is asked to show, come by the same queue. */
function byName({ apply, probe, look }: Readonly<Record<'apply' | 'probe' | 'look', Processor>>): Processor {
  return (job, token, signal) => (job.name === 'probe' ? probe : job.name === 'look' ? look : apply)(job, token, signal)
}
