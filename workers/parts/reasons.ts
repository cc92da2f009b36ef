/** Why a process ended, in words for whoever reads the log. */
import type { Environment } from '#core/environment.ts'
import { signals, silentMsOf } from './watchdog.ts'

/** V8 aborts a process whose heap is full; a shell, or a container, says 128 and the signal's number. */
const aborted: readonly (string | number | null)[] = ['SIGABRT', 'SIGTRAP', 'SIGILL', 134]

export function reasonOf(
  code: number | null,
  signal: NodeJS.Signals | null,
  environment: Pick<Environment, 'WORKER_MEMORY_MB' | 'WORKER_LEASE_SECONDS'>,
): string {
  if (signal === signals.spins)
    return `it computed for ${silentMsOf(environment) / 1000} seconds without a pause, and was ended: a connector spins`
  if (signal === signals.memory)
    return `it took more memory than WORKER_MEMORY_MB=${environment.WORKER_MEMORY_MB}, and was ended: a connector leaks, or needs more`
  if (aborted.includes(signal ?? code))
    return `it was aborted, most likely because its heap was full (WORKER_MEMORY_MB=${environment.WORKER_MEMORY_MB})`
  if (signal !== null) return `it was killed (${signal})`
  return code === 0 ? 'it ended by itself' : `it failed (code ${code}); what it said stands above`
}
