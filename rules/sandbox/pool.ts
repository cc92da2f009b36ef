/**
 * The processes of a sandbox and who works on what. One process works on one job at a time, so a process that hangs names its
 * culprit. While a job waits for the answer to `$unique` its process takes other jobs.
 */
import { performance } from 'node:perf_hooks'
import type { Logger } from 'pino'
import * as v from 'valibot'
import { GatewayError } from '#core/errors.ts'
import type { UniqueQuestion } from '../functions/unique.ts'
import type { Job, Program } from '../program.ts'
import { startSandboxProcess, type SandboxProcess } from './child-process.ts'
import { mostPrograms } from './limits.ts'
import { FromSandbox } from './protocol.ts'
import type { Trace } from './trace.ts'

export interface PoolOptions {
  readonly log: Pick<Logger, 'warn' | 'debug'>
  /** Processes; default 2. */
  readonly size: number
  /** Megabytes of heap per process; default 64. */
  readonly memoryMb: number
  /** Milliseconds of work that one job may take before its process is killed; default 1000. */
  readonly timeoutMs: number
  /** Of all processes to the operating system, from 0 (as everybody) to 19 (only when nobody else wants to work); default 0. */
  readonly niceness: number
}

/** Jobs of one process that may wait for answers at once. */
const mostParked = 64
/** How often a job is started again because its process was killed by another job. */
const mostStarts = 3

/** Answers the question of one slot; null when nothing is free. */
export type AskUnique = (question: UniqueQuestion, slot: number) => Promise<string | null>

export interface Evaluated {
  /** By position in the job's slots. */
  readonly results: readonly unknown[]
  /** Of the slots that were to be traced and were evaluated. */
  readonly traces: readonly Trace[]
}

interface Run {
  readonly id: number
  readonly program: Program
  readonly job: Job
  readonly ask: AskUnique
  readonly traced: readonly number[]
  readonly resolve: (evaluated: Evaluated) => void
  readonly reject: (error: unknown) => void
  starts: number
  spentMs: number
}

interface Child {
  process: SandboxProcess
  state: 'starting' | 'ready' | 'gone'
  /** The job it works on now, and the clock that ends it. */
  turn: { readonly run: Run; readonly since: number; readonly timer: NodeJS.Timeout } | null
  readonly parked: Set<Run>
  readonly answered: { readonly run: Run; readonly value: string | null }[]
  /** Hashes of the programs it holds, the least used first. */
  readonly programs: Set<string>
}

/** Owned by `openSandbox`, which documents what it does. */
export class Pool {
  readonly #options: PoolOptions
  readonly #children = new Set<Child>()
  readonly #dying = new Set<Promise<void>>()
  readonly #queue: Run[] = []
  #nextId = 1
  #failedStarts = 0
  #closed = false
  #onReady: (() => void) | null = null
  #onBroken: ((error: GatewayError) => void) | null = null

  constructor(options: PoolOptions) {
    this.#options = options
  }

  async start(): Promise<void> {
    const started = new Promise<void>((resolve, reject) => {
      this.#onReady = () => {
        if ([...this.#children].every((child) => child.state === 'ready')) resolve()
      }
      this.#onBroken = reject
    })
    for (let index = 0; index < this.#options.size; index++) this.#spawn()
    try {
      await started
    } catch (error) {
      await this.close()
      throw error
    } finally {
      this.#onReady = null
      this.#onBroken = null
    }
  }

  evaluate(program: Program, job: Job, ask: AskUnique, traced: readonly number[] = []): Promise<Evaluated> {
    if (this.#closed) return Promise.reject(new GatewayError('unavailable', 'the rule sandbox is closed'))
    return new Promise((resolve, reject) => {
      this.#queue.push({ id: this.#nextId++, program, job, ask, traced, resolve, reject, starts: 0, spentMs: 0 })
      this.#dispatch()
    })
  }

  async close(): Promise<void> {
    this.#closed = true
    const abandoned = this.#queue.splice(0)
    for (const child of this.#children) {
      if (child.turn !== null) abandoned.push(child.turn.run)
      abandoned.push(...child.parked)
      this.#retire(child)
    }
    for (const run of abandoned) run.reject(new GatewayError('unavailable', 'the rule sandbox was closed'))
    await Promise.all(this.#dying)
  }

  #spawn(): void {
    let over = () => {}
    const exited = new Promise<void>((resolve) => (over = resolve))
    this.#dying.add(exited)
    const child: Child = {
      process: startSandboxProcess({
        memoryMb: this.#options.memoryMb,
        niceness: this.#options.niceness,
        expressionMs: Math.ceil(this.#options.timeoutMs / 2),
        onMessage: (message) => this.#hear(child, message),
        onExit: (reason) => {
          over()
          this.#dying.delete(exited)
          this.#exited(child, reason)
        },
      }),
      state: 'starting',
      turn: null,
      parked: new Set(),
      answered: [],
      programs: new Set(),
    }
    this.#children.add(child)
  }

  /** Gives every idle process work: answers first, because somebody holds a reservation for them. */
  #dispatch(): void {
    for (const child of this.#children) {
      if (child.state !== 'ready' || child.turn !== null) continue
      const answer = child.answered.shift()
      if (answer !== undefined) {
        child.parked.delete(answer.run)
        this.#begin(child, answer.run)
        child.process.send({ t: 'answer', id: answer.run.id, value: answer.value })
        continue
      }
      const run = child.parked.size < mostParked ? this.#queue.shift() : undefined
      if (run === undefined) continue
      this.#begin(child, run)
      this.#teach(child, run.program)
      const { root, slots, guards } = run.job
      run.starts++
      run.spentMs = 0
      const traced = run.traced.length === 0 ? {} : { traced: run.traced }
      child.process.send({ t: 'job', id: run.id, hash: run.program.hash, root, slots, guards, ...traced })
    }
  }

  #begin(child: Child, run: Run): void {
    const left = Math.max(1, this.#options.timeoutMs - run.spentMs)
    const timer = setTimeout(() => {
      // If we ourselves were late, the answer may be waiting in the pipe: read it before judging.
      setImmediate(() => {
        if (child.turn?.run === run) this.#timeOut(child, run)
      })
    }, left)
    child.turn = { run, since: performance.now(), timer }
  }

  #end(child: Child): void {
    if (child.turn === null) return
    clearTimeout(child.turn.timer)
    child.turn.run.spentMs += performance.now() - child.turn.since
    child.turn = null
  }

  #teach(child: Child, { hash, slots, namespaces }: Program): void {
    if (child.programs.delete(hash)) {
      child.programs.add(hash)
      return
    }
    for (const oldest of child.programs) {
      if (child.programs.size < mostPrograms) break
      // A parked job holds on to its compiled program by itself.
      child.programs.delete(oldest)
      child.process.send({ t: 'forget', hash: oldest })
    }
    child.programs.add(hash)
    child.process.send({ t: 'program', hash, slots: slots.map(({ expression, store }) => ({ expression, store })), namespaces })
  }

  #hear(child: Child, message: unknown): void {
    if (child.state === 'gone') return
    const parsed = v.safeParse(FromSandbox, message)
    const heard = parsed.success ? parsed.output : null
    if (heard?.t === 'ready' && child.state === 'starting') {
      child.state = 'ready'
      this.#failedStarts = 0
      this.#onReady?.()
      this.#dispatch()
      return
    }
    const run = child.turn?.run
    if (heard === null || heard.t === 'ready' || run === undefined || heard.id !== run.id) {
      this.#options.log.warn({ pid: child.process.pid }, 'a rule sandbox process broke the protocol and is replaced')
      this.#replace(child, (stopped) => stopped.reject(new GatewayError('rule_failed', 'the rules broke their sandbox process')))
      return
    }
    this.#end(child)
    if (heard.t === 'done') run.resolve({ results: heard.results, traces: heard.traces })
    else if (heard.t === 'failed') run.reject(toError(run, heard))
    else this.#ask(child, run, heard)
    this.#dispatch()
  }

  #ask(child: Child, run: Run, { slot, candidates, namespaces, maxLength }: Asked): void {
    child.parked.add(run)
    const still = () => child.state === 'ready' && child.parked.has(run)
    const answered = (value: string | null) => {
      if (!still()) return
      child.answered.push({ run, value })
      this.#dispatch()
    }
    const failed = (error: unknown) => {
      if (!still()) return
      child.parked.delete(run)
      child.process.send({ t: 'abandon', id: run.id })
      run.reject(error)
      this.#dispatch()
    }
    run.ask({ candidates, namespaces, maxLength }, slot).then(answered, failed)
  }

  #timeOut(child: Child, run: Run): void {
    this.#options.log.warn(
      { pid: child.process.pid, program: run.program.hash },
      'a rule sandbox process took too long and is replaced',
    )
    const message = `the rules took longer than ${this.#options.timeoutMs} ms and were stopped`
    const slot = child.process.lastSlot()
    this.#replace(child, (stopped) => stopped.reject(toError(stopped, { slot, code: 'rule_timeout', message, offset: null })))
  }

  /** The process ended by itself: it ran out of memory, or something killed it. */
  #exited(child: Child, reason: string): void {
    if (child.state === 'gone') return
    this.#options.log.warn({ pid: child.process.pid, reason }, 'a rule sandbox process ended and is replaced')
    if (child.state === 'starting' && ++this.#failedStarts >= 3) {
      this.#retire(child)
      this.#breakDown(new GatewayError('unavailable', `the rule sandbox cannot start: ${reason}`))
      return
    }
    const message = 'the rules used too much memory and were stopped; does the expression make very long texts or lists?'
    const slot = child.process.lastSlot()
    this.#replace(child, (stopped) => stopped.reject(toError(stopped, { slot, code: 'rule_failed', message, offset: null })))
  }

  /** A fresh process takes the place of this one; the job it worked on is settled by `settle`, those that waited start again. */
  #replace(child: Child, settle: (run: Run) => void): void {
    const culprit = child.turn?.run
    const innocent = [...child.parked]
    this.#retire(child)
    if (!this.#closed) this.#spawn()
    if (culprit !== undefined) settle(culprit)
    for (const run of innocent) {
      if (run.starts < mostStarts) this.#queue.unshift(run)
      else
        run.reject(
          new GatewayError('unavailable', 'the rule sandbox process of this request was stopped several times; try again'),
        )
    }
    this.#dispatch()
  }

  #retire(child: Child): void {
    this.#end(child)
    child.state = 'gone'
    child.parked.clear()
    child.answered.length = 0
    this.#children.delete(child)
    child.process.kill()
  }

  /** Processes do not even start: say so to everyone who waits, and try again with the next job's arrival a second later. */
  #breakDown(error: GatewayError): void {
    this.#onBroken?.(error)
    for (const run of this.#queue.splice(0)) run.reject(error)
    if (this.#closed || this.#onBroken !== null) return
    setTimeout(() => {
      if (!this.#closed) this.#spawn()
    }, 1000).unref()
  }
}

type Asked = UniqueQuestion & { readonly slot: number }

interface Failed {
  /** null when the process could not say. */
  readonly slot: number | null
  readonly code: 'rule_failed' | 'rule_timeout'
  readonly message: string
  readonly offset: number | null
}

/** The error as people read it: which expression, where it stands, what is wrong. */
function toError(run: Run, { slot: number, code, message, offset }: Failed): GatewayError {
  const slot = run.program.slots[number ?? -1]
  const where = offset === null ? '' : ` (at character ${offset} of the expression)`
  return new GatewayError(
    code,
    `${slot?.path ?? 'the rule set'}: ${message}${where}`,
    typeof slot?.at === 'string' ? { at: slot.at } : {},
  )
}
