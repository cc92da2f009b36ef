/**
 * Simulated time. Everything that happens is an entry of the agenda; what takes time is a task that pauses and is resumed by an entry of its
 * own. One task runs at a time and only between its pauses, so that the agenda alone decides who comes first. A task whose process was killed
 * is never resumed; one whose process is frozen is resumed late.
 */
import type { Choices } from './choices.ts'

export interface Process {
  readonly name: string
  /** Until then its tasks stand still, and its leases are not renewed. */
  frozenUntil: number
  readonly tasks: Set<Task>
}

export interface Task {
  readonly name: string
  readonly process: Process
  alive: boolean
}

/** A promise of the design that was broken. */
export class Violation extends Error {
  readonly promise: string

  constructor(promise: string, message: string) {
    super(message)
    this.promise = promise
  }
}

interface Entry {
  readonly at: number
  readonly order: number
  readonly act: () => void | Promise<void>
}

export class World {
  readonly choices: Choices
  /** Milliseconds since 1970, in a world that began lately. */
  now = 1_000_000
  readonly notes: string[] | null
  /** Asked at each pause of a task: something may happen to its process. */
  misfortune: (process: Process) => void = () => undefined
  #agenda: Entry[] = []
  #entries = 0
  #ran: PromiseWithResolvers<void> = Promise.withResolvers()

  constructor(choices: Choices, keepNotes: boolean) {
    this.choices = choices
    this.notes = keepNotes ? [] : null
  }

  /** Writes a line of the schedule, for people. */
  note(who: string, what: () => string): void {
    this.notes?.push(`${((this.now - 1_000_000) / 1000).toFixed(3).padStart(9)} s  ${who.padEnd(12)} ${what()}`)
  }

  violate(promise: string, message: string): never {
    this.note('VIOLATION', () => `${promise}: ${message}`)
    throw new Violation(promise, message)
  }

  /** Has something happen in `ms`. Of what happens at the same time, what was planned first comes first. */
  after(ms: number, act: Entry['act']): void {
    const entry = { at: this.now + Math.max(0, ms), order: this.#entries++, act }
    let index = this.#agenda.length
    while (index > 0 && (this.#agenda[index - 1] as Entry).at <= entry.at) index--
    this.#agenda.splice(index, 0, entry)
  }

  /** Lets the next entry happen. false: nothing is left to happen before `until`. */
  async next(until: number): Promise<boolean> {
    const entry = this.#agenda.at(-1)
    if (entry === undefined || entry.at > until) return false
    this.#agenda.pop()
    this.now = entry.at
    await entry.act()
    return true
  }

  /** Runs a task until it first pauses; what it comes to goes to `end`. */
  async start(task: Task, run: () => Promise<unknown>, end: (result: PromiseSettledResult<unknown>) => void): Promise<void> {
    task.process.tasks.add(task)
    this.#ran = Promise.withResolvers()
    const ended = (result: PromiseSettledResult<unknown>) => {
      task.alive = false
      task.process.tasks.delete(task)
      try {
        end(result)
        this.#ran.resolve()
      } catch (error) {
        this.#ran.reject(error)
      }
    }
    run().then(
      (value) => ended({ status: 'fulfilled', value }),
      (reason: unknown) => ended({ status: 'rejected', reason }),
    )
    await this.#ran.promise
  }

  /** Called by a running task: it goes on in `ms`, or later when its process is frozen then, or never when that is killed. */
  pause(task: Task, ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const resume = () => {
      if (!task.alive) return undefined
      const frozen = task.process.frozenUntil - this.now
      if (frozen > 0) return this.after(frozen, resume)
      this.#ran = Promise.withResolvers()
      resolve()
      return this.#ran.promise
    }
    this.after(ms, resume)
    this.misfortune(task.process)
    this.#ran.resolve()
    return promise
  }

  /** A broken promise that shows inside a task ends the day, not the task. */
  guard<Value>(check: () => Value): Value {
    try {
      return check()
    } catch (error) {
      if (error instanceof Violation) this.#ran.reject(error)
      throw error
    }
  }

  /** How long a message takes. */
  latency(): number {
    return ([1, 2, 5, 20, 100, 900] as const)[this.choices.pick(6)] ?? 1
  }

  kill(process: Process): void {
    for (const task of process.tasks) task.alive = false
    process.tasks.clear()
  }
}

export function createProcess(name: string): Process {
  return { name, frozenUntil: 0, tasks: new Set() }
}
