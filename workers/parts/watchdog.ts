/**
 * Watches a process from a thread of its own, because code that computes without end lets nothing else of its process run. It ends the
 * process, by a signal that says why, when that does not answer, takes too much memory, or has lost its supervisor.
 */
import { Worker } from 'node:worker_threads'
import type { Environment } from '#core/environment.ts'

/** What the watchdog ends a process with; left to the system's default, they end it even while it spins. */
export const signals = { spins: 'SIGXCPU', memory: 'SIGUSR2', orphan: 'SIGKILL' } as const

export interface Watched {
  /** Counted up by whoever is watched. */
  readonly beats: Int32Array
  readonly tickMs: number
  readonly silentMs: number
  readonly mostBytes: number
  readonly parent: number
}

const tickMs = 250

/** Milliseconds without a sign of life after which a process is ended: its leases are lost by then, and others have its steps. */
export const silentMsOf = ({ WORKER_LEASE_SECONDS: seconds }: Pick<Environment, 'WORKER_LEASE_SECONDS'>) =>
  Math.max(5_000, 2_000 * seconds)

export function openWatchdog(environment: Pick<Environment, 'WORKER_LEASE_SECONDS' | 'WORKER_MEMORY_MB'>): Disposable {
  const beats = new Int32Array(new SharedArrayBuffer(4))
  const timer = setInterval(() => Atomics.add(beats, 0, 1), tickMs).unref()
  const watched: Watched = {
    beats,
    tickMs,
    silentMs: silentMsOf(environment),
    mostBytes: environment.WORKER_MEMORY_MB * 1024 * 1024,
    parent: process.ppid,
  }
  const thread = new Worker(new URL('./watchdog-thread.ts', import.meta.url), {
    workerData: watched,
    resourceLimits: { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 4 },
  })
  thread.unref()
  return {
    [Symbol.dispose]() {
      clearInterval(timer)
      void thread.terminate()
    },
  }
}
