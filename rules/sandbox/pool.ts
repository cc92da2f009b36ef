/**
 * The processes of a sandbox and who works on what. One process works on one job at a time, so a process that hangs names its
 * culprit. While a job waits for the answer to `$unique` its process takes other jobs. One process more than was asked for is on trial: it
 * works for programs that are not trusted (`conduct.ts`), so that what hangs holds up nobody else.
 */
import { performance } from 'node:perf_hooks'
import type { Logger } from 'pino'
import * as v from 'valibot'
import { GatewayError } from '#core/errors.ts'
import { runPhrases } from '../phrases/run.ts'
import type { Job, Program } from '../program.ts'
import { startSandboxProcess } from './child-process.ts'
import { createConduct } from './conduct.ts'
import { fromTold } from './failures.ts'
import { FromSandbox } from './protocol.ts'
import { toError, type Ask, type Child, type Evaluated, type Run, type Turn } from './runs.ts'
import { hashesOf, teach } from './teaching.ts'
import { createWaitingRuns, type Lane } from './waiting-runs.ts'

export interface PoolOptions {
  readonly log: Pick<Logger, 'warn' | 'debug'>
  /** Processes for trusted programs; one more is on trial. Default 2. */
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
/** Milliseconds after which a job of a trusted program holds others up; a plan mostly takes less than one. */
const patienceMs = 50
/** How often a job is started again because its process was killed by another job. */
const mostStarts = 3

/** Owned by `openSandbox`, which documents what it does. */
export class Pool {
  readonly #options: PoolOptions
  readonly #children = new Set<Child>()
  readonly #dying = new Set<Promise<void>>()
  readonly #conduct = createConduct()
  readonly #queue = createWaitingRuns<Run>(this.#conduct)
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
    for (let index = 0; index < this.#options.size; index++) this.#spawn('open')
    this.#spawn('trial')
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

  evaluate(program: Program, job: Job, ask: Ask, traced: readonly number[] = []): Promise<Evaluated> {
    if (this.#closed) return Promise.reject(new GatewayError('unavailable', 'the rule sandbox is closed'))
    return new Promise((resolve, reject) => {
      this.#queue.add({ id: this.#nextId++, program, job, ask, traced, resolve, reject, starts: 0, spentMs: 0 }, 'last')
      this.#dispatch()
    })
  }

  async close(): Promise<void> {
    this.#closed = true
    const abandoned = [...this.#queue.takeAll()]
    for (const child of this.#children) {
      if (child.turn !== null) abandoned.push(child.turn.run)
      abandoned.push(...child.parked)
      this.#retire(child)
    }
    for (const run of abandoned) run.reject(new GatewayError('unavailable', 'the rule sandbox was closed'))
    await Promise.all(this.#dying)
  }

  #spawn(lane: Lane): void {
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
      lane,
      turn: null,
      parked: new Set(),
      answered: [],
      programs: new Set(),
      tables: new Set(),
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
      const run = child.parked.size < mostParked ? this.#queue.take(child.lane) : undefined
      if (run === undefined) continue
      this.#begin(child, run)
      teach(child, run)
      const { root, slots, guards, tables = {} } = run.job
      run.starts++
      run.spentMs = 0
      const more = { tables: hashesOf(tables), ...(run.traced.length === 0 ? {} : { traced: run.traced }) }
      child.process.send({ t: 'job', id: run.id, hash: run.program.hash, root, slots, guards, ...more })
    }
  }

  #begin(child: Child, run: Run): void {
    const since = performance.now()
    const leftMs = Math.max(1, this.#options.timeoutMs - run.spentMs)
    const stop = () =>
      // If we ourselves were late, the answer may be waiting in the pipe: read it before judging.
      setImmediate(() => {
        if (child.turn?.run === run) this.#timeOut(child, run)
      })
    if (child.lane === 'trial' || leftMs <= patienceMs) {
      child.turn = { run, since, timer: setTimeout(stop, leftMs), overstays: false }
      return
    }
    const notice = () => {
      if (child.turn?.run !== run) return
      child.turn.timer = setTimeout(stop, leftMs - patienceMs)
      setImmediate(() => {
        if (child.turn?.run === run) this.#overstays(child, child.turn)
      })
    }
    child.turn = { run, since, timer: setTimeout(notice, patienceMs), overstays: false }
  }

  /** The job goes on, on trial: an idle process takes the place of the one that it holds, and its like will not hold another. */
  #overstays(child: Child, turn: Turn): void {
    const { hash } = turn.run.program
    turn.overstays = true
    this.#conduct.overstays(hash)
    this.#queue.move(hash)
    const substitute = [...this.#children].find(({ lane, state, turn }) => lane === 'trial' && state === 'ready' && turn === null)
    if (child.lane === 'open' && substitute !== undefined) {
      substitute.lane = 'open'
      child.lane = 'trial'
    }
    this.#dispatch()
  }

  #end(child: Child): void {
    if (child.turn === null) return
    clearTimeout(child.turn.timer)
    const { run, since, overstays } = child.turn
    run.spentMs += performance.now() - since
    child.turn = null
    if (!overstays) return
    this.#conduct.leaves(run.program.hash)
    this.#queue.move(run.program.hash)
  }

  /** What the program's job came to decides where its next ones run. */
  #judge({ program: { hash } }: Run, wasStopped: boolean): void {
    const wasTrusted = this.#conduct.isTrusted(hash)
    if (wasStopped) this.#conduct.misbehaved(hash)
    else if (!wasTrusted) this.#conduct.behaved(hash)
    if (this.#conduct.isTrusted(hash) !== wasTrusted) this.#queue.move(hash)
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
      this.#replace(child, (stopped) => stopped.reject(new GatewayError('rule_failed', runPhrases.broken)))
      return
    }
    this.#end(child)
    if (heard.t !== 'ask') this.#judge(run, heard.t === 'failed' && heard.code === 'rule_timeout')
    if (heard.t === 'done') run.resolve({ results: heard.results, traces: heard.traces })
    else if (heard.t === 'failed') run.reject(toError(run, { ...heard, phrase: fromTold(heard.phrase) }))
    else this.#ask(child, run, heard)
    this.#dispatch()
  }

  #ask(child: Child, run: Run, asked: Extract<FromSandbox, { t: 'ask' }>): void {
    const { slot, candidates, namespaces, maxLength, pattern, from } = asked
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
    run.ask({ candidates, namespaces, maxLength, pattern, from }, slot).then(answered, failed)
  }

  #timeOut(child: Child, run: Run): void {
    this.#options.log.warn(
      { pid: child.process.pid, program: run.program.hash },
      'a rule sandbox process took too long and is replaced',
    )
    const phrase = runPhrases.tooLong({ milliseconds: String(this.#options.timeoutMs) })
    const slot = child.process.lastSlot()
    this.#replace(child, (stopped) => stopped.reject(toError(stopped, { slot, code: 'rule_timeout', phrase, offset: null })))
  }

  /** The process ended by itself: it ran out of memory, or something killed it. */
  #exited(child: Child, reason: string): void {
    if (child.state === 'gone') return
    this.#options.log.warn({ pid: child.process.pid, reason }, 'a rule sandbox process ended and is replaced')
    if (child.state === 'starting' && ++this.#failedStarts >= 3) {
      this.#retire(child)
      this.#breakDown(child.lane, new GatewayError('unavailable', `the rule sandbox cannot start: ${reason}`))
      return
    }
    const slot = child.process.lastSlot()
    this.#replace(child, (stopped) =>
      stopped.reject(toError(stopped, { slot, code: 'rule_failed', phrase: runPhrases.tooMuchMemory, offset: null })),
    )
  }

  /** A fresh process takes the place of this one; the job it worked on is settled by `settle`, those that waited start again. */
  #replace(child: Child, settle: (run: Run) => void): void {
    const culprit = child.turn?.run
    const innocent = [...child.parked]
    this.#retire(child)
    if (!this.#closed) this.#spawn(child.lane)
    if (culprit !== undefined) {
      this.#judge(culprit, true)
      settle(culprit)
    }
    for (const run of innocent) {
      if (run.starts < mostStarts) this.#queue.add(run, 'first')
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
  #breakDown(lane: Lane, error: GatewayError): void {
    this.#onBroken?.(error)
    for (const run of this.#queue.takeAll()) run.reject(error)
    if (this.#closed || this.#onBroken !== null) return
    setTimeout(() => {
      if (!this.#closed) this.#spawn(lane)
    }, 1000).unref()
  }
}
