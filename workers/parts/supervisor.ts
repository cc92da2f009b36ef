/**
 * Keeps the processes of a worker: one for what all targets share, and one for each kind of connectors among the targets. A connector that
 * leaks, spins or crashes takes down its own process alone, which is started again. The supervisor itself loads no connector and holds
 * no connection.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { mostJobsInPostgres } from '#core/capacity.ts'
import type { Environment } from '#core/environment.ts'
import { GatewayError } from '#core/errors.ts'
import type { Logger } from '#core/log.ts'
import { keepProcess, type KeptProcess, type KeptProcessOptions } from './kept-process.ts'

export interface SupervisorOptions {
  /** The module that is run with `shared`, or with `kind` and a connector's id. */
  readonly module: URL
  readonly environment: Environment
  readonly variables: Readonly<Record<string, string | undefined>>
  readonly log: Logger
}

export interface Supervisor extends AsyncDisposable {
  /**
   * Resolves when what is shared is ready, and each kind is or has failed for the first time. Rejects when what is shared cannot start: then
   * nothing could.
   */
  readonly ready: Promise<void>
  kinds(): readonly string[]
}

/**
 * There are as many of these processes as kinds, and each does a part of the work: what a large young generation saves in the one that does all of it
 * (docs/scaling.md), it costs here in memory: it grows with all that passes through, the pages of a reconciliation among them.
 */
const flagsOfKinds: readonly string[] = ['--max-semi-space-size=16']

export function openSupervisor({ module, environment, variables, log }: SupervisorOptions): Supervisor {
  const stopMs = environment.WORKER_STOP_SECONDS * 1000
  const kinds = new Map<string, KeptProcess>()
  const leaving = new Set<Promise<void>>()
  const told = Promise.withResolvers<void>()
  let isStopping = false

  const keep = (name: string, own: Pick<KeptProcessOptions, 'args' | 'flags' | 'variables'>) =>
    keepProcess({ name, module, environment, log, onMessage: hear, ...own, variables: { ...variables, ...own.variables } })

  function serve(wanted: readonly string[]): void {
    if (isStopping) return
    for (const [kind, process] of kinds) {
      if (wanted.includes(kind)) continue
      log.info({ kind }, 'no target is of this kind any more: its process is stopped')
      kinds.delete(kind)
      const left = process.stop(stopMs).finally(() => leaving.delete(left))
      leaving.add(left)
    }
    for (const kind of wanted)
      if (!kinds.has(kind))
        kinds.set(
          kind,
          keep(kind, { args: ['kind', kind], flags: flagsOfKinds, variables: concurrencyOf(environment, wanted.length) }),
        )
    told.resolve()
  }
  function hear(message: unknown): void {
    const wanted = (message as { readonly kinds?: unknown } | null)?.kinds
    if (Array.isArray(wanted)) serve(wanted.filter((kind): kind is string => typeof kind === 'string'))
  }

  const shared = keep('shared', { args: ['shared'], flags: [], variables: {} })
  return {
    ready: begin(),
    kinds: () => [...kinds.keys()],
    async [Symbol.asyncDispose]() {
      isStopping = true
      // What they did can still be decided while they stop; a share of the time is kept for what decides it.
      const stopped = Promise.all([...leaving, ...[...kinds.values()].map((process) => process.stop(stopMs))])
      await Promise.race([stopped, delay(stopMs * 0.9, undefined, { ref: false })])
      await shared.stop(Math.max(1_000, stopMs * 0.1))
      await stopped
    },
  }

  async function begin(): Promise<void> {
    const first = await shared.first
    if (first !== 'ready')
      throw new GatewayError('unavailable', `the worker's own process ended before it was ready: ${first}`, {
        hint: 'what it said stands above',
      })
    await told.promise
    await Promise.all([...kinds.values()].map((process) => process.first))
  }
}

/** Where the queues live in PostgreSQL each job in hand may take a connection: the processes share what one worker may take. */
function concurrencyOf({ REDIS_URL, WORKER_CONCURRENCY }: Environment, kinds: number): Readonly<Record<string, string>> {
  if (REDIS_URL !== undefined) return {}
  return { WORKER_CONCURRENCY: String(Math.min(WORKER_CONCURRENCY, Math.max(2, Math.floor(mostJobsInPostgres / kinds)))) }
}
