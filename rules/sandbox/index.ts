/**
 * Runs expressions that people wrote, in processes that can be killed. An expression may loop, balloon or attack; the worst that
 * comes of it is one refused request and one fresh process.
 */
import type { Job, Program } from '../program.ts'
import { Pool, type PoolOptions } from './pool.ts'
import type { Ask, Evaluated } from './runs.ts'

export type { Trace } from './trace.ts'

export type SandboxOptions = Pick<PoolOptions, 'log'> & Partial<PoolOptions>

export interface Sandbox extends AsyncDisposable {
  /**
   * The results of the job's slots, by position: plain JSON, null for no result. `ask` answers `$unique`; it may be called again for
   * the same question when a process dies, and its errors are passed on.
   * Throws `rule_failed` and `rule_timeout`, naming the expression and where it stands; `unavailable` when the sandbox is closed or cannot start.
   */
  evaluate(program: Program, job: Job, ask: Ask): Promise<readonly unknown[]>
  /** The same, and of the slots in `traced` how their values came to be. */
  trace(program: Program, job: Job, ask: Ask, traced: readonly number[]): Promise<Evaluated>
}

/** Starts the processes and waits until all are ready. Throws `unavailable` when they cannot start. */
export async function openSandbox(options: SandboxOptions): Promise<Sandbox> {
  const { log, size = 2, memoryMb = 64, timeoutMs = 1000, niceness = 0 } = options
  const pool = new Pool({ log, size, memoryMb, timeoutMs, niceness })
  await pool.start()
  return {
    evaluate: async (program, job, ask) => (await pool.evaluate(program, job, ask)).results,
    trace: (program, job, ask, traced) => pool.evaluate(program, job, ask, traced),
    [Symbol.asyncDispose]: () => pool.close(),
  }
}
