/**
 * A queue with BullMQ's vices. It keeps BullMQ's rules (attempts with backoff, delays, a parent that runs when its children have ended, ids that
 * are unique while the job is there, locks that are lost when a worker freezes), and on bad days it duplicates, loses, reorders, stalls,
 * rings late, and forgets everything.
 */
import type { FlowJob } from 'bullmq'
import type { World } from './world.ts'

export interface QueueVices {
  /** A job is lost when it is added; its parent waits for ever. */
  readonly lose: number
  /** A job is handed out although another worker has it. */
  readonly duplicate: number
  /** A job that fails for good is rung again later, as by somebody who retries it by hand. */
  readonly lateRetry: number
  /** A job is taken for stalled once too often, and fails while its worker runs. */
  readonly stallTwice: number
}

export const noVices: QueueVices = { lose: 0, duplicate: 0, lateRetry: 0, stallTwice: 0 }

export interface QueuedJob {
  readonly id: string
  readonly name: string
  readonly queueName: string
  readonly data: unknown
  readonly attempts: number
  readonly backoffMs: (attempt: number) => number
  readonly parent: QueuedJob | null
  /** Children that have not ended. */
  readonly open: Set<string>
  attemptsMade: number
  stalls: number
  /** The delivery that holds the job; what an older one says counts for nothing. */
  lock: number
}

/** Runs a job for one worker; resolves when it is under way. */
export type Deliver = (job: QueuedJob, lock: number) => Promise<void>

/** Deliveries after which a job that nobody ends has failed. */
const maxStalls = 3

export class FakeQueue {
  vices: QueueVices = noVices
  readonly #jobs = new Map<string, QueuedJob>()
  readonly #world: World
  readonly #deliver: Deliver
  #locks = 0

  constructor(world: World, deliver: Deliver) {
    this.#world = world
    this.#deliver = deliver
  }

  addFlow(flow: FlowJob): void {
    if (this.#jobs.has(idOf(flow))) return
    const parent = toJob(flow, null)
    for (const child of flow.children ?? []) {
      // A job of that id that is still there, or lost on the way, never tells this parent that it ended.
      parent.open.add(idOf(child))
      if (!this.#jobs.has(idOf(child)) && !this.#world.choices.chance(this.vices.lose)) this.#add(toJob(child, parent))
    }
    this.#jobs.set(parent.id, parent)
    this.#ringParent(parent)
  }

  /** Redis was flushed. What runs, runs on, and nobody listens to what it says. */
  flush(): void {
    this.#jobs.clear()
  }

  holds(job: QueuedJob, lock: number): boolean {
    return this.#jobs.get(job.id) === job && job.lock === lock
  }

  /** The worker says that the job is done. */
  complete(job: QueuedJob, lock: number): void {
    if (!this.holds(job, lock)) return
    this.#jobs.delete(job.id)
    this.#ended(job)
  }

  /** The worker gave the job back, without spending an attempt. */
  delay(job: QueuedJob, lock: number, ms: number): void {
    if (this.holds(job, lock)) this.#handOut(job, ms)
  }

  fail(job: QueuedJob, lock: number, forGood: boolean): void {
    if (!this.holds(job, lock)) return
    job.attemptsMade++
    if (!forGood && job.attemptsMade < job.attempts) this.#handOut(job, job.backoffMs(job.attemptsMade))
    else this.#failed(job)
  }

  /** The lock ran out: the worker is dead, or frozen, or BullMQ believes so. */
  stall(job: QueuedJob, lock: number): void {
    if (!this.holds(job, lock)) return
    job.stalls++
    this.#world.note('queue', () => `${job.id.slice(-16)} has stalled`)
    if (job.stalls > maxStalls || this.#world.choices.chance(this.vices.stallTwice)) this.#failed(job)
    else this.#handOut(job, 0)
  }

  #add(job: QueuedJob): void {
    this.#jobs.set(job.id, job)
    this.#handOut(job, 0)
  }

  #handOut(job: QueuedJob, ms: number): void {
    const lock = ++this.#locks
    job.lock = lock
    const deliver = () => (this.holds(job, lock) ? this.#deliver(job, lock) : undefined)
    this.#world.after(ms + this.#world.latency(), deliver)
    if (this.#world.choices.chance(this.vices.duplicate)) this.#world.after(ms + this.#world.latency(), deliver)
  }

  /** Failed jobs stay for operators to look at: their ids are taken. */
  #failed(job: QueuedJob): void {
    job.lock = ++this.#locks
    this.#ended(job)
    if (!this.#world.choices.chance(this.vices.lateRetry)) return
    this.#world.after(1_000 * (1 + this.#world.choices.pick(120)), () => {
      if (this.#jobs.get(job.id) === job) this.#handOut(job, 0)
    })
  }

  #ended({ id, parent }: QueuedJob): void {
    if (parent === null || this.#jobs.get(parent.id) !== parent) return
    if (parent.open.delete(id)) this.#ringParent(parent)
  }

  #ringParent(parent: QueuedJob): void {
    if (parent.open.size === 0) this.#handOut(parent, 0)
  }
}

function idOf({ opts }: FlowJob): string {
  return String(opts?.jobId)
}

function toJob(flow: FlowJob, parent: QueuedJob | null): QueuedJob {
  const { type, delay = 0 } = (flow.opts?.backoff ?? {}) as { type?: string; delay?: number }
  return {
    id: idOf(flow),
    name: flow.name,
    queueName: flow.queueName,
    data: flow.data,
    attempts: flow.opts?.attempts ?? 1,
    backoffMs: (attempt) => (type === 'exponential' ? delay * 2 ** (attempt - 1) : delay),
    parent,
    open: new Set(),
    attemptsMade: 0,
    stalls: 0,
    lock: 0,
  }
}
