/**
 * The workers: the gateway's own code (`workers/apply.ts`, `undo.ts`, `finalize.ts`), between a simulated queue, a simulated clock and simulated
 * targets. Nothing of what decides is written a second time here.
 */
import { DelayedError, UnrecoverableError, type Job } from 'bullmq'
import type { Ledger } from '#core/ledger/index.ts'
import type { Logger } from '#core/log.ts'
import type { Sealer } from '#core/sealing.ts'
import { createApplyStep, type StepJobDeps } from '#workers/apply.ts'
import { createFinalize } from '#workers/finalize.ts'
import { createProbeStep } from '#workers/probe.ts'
import { createUndoStep } from '#workers/undo.ts'
import type { Purpose } from '#core/saga/transitions.ts'
import { oneOf } from './choices.ts'
import { createWorkersLedger, type Truth } from './ledger.ts'
import type { FakeQueue, QueuedJob } from './queue.ts'
import { leaseSeconds } from './scenario.ts'
import type { FakeTarget } from './targets.ts'
import type { Lease, Leases } from '#workers/leases.ts'
import type { Process, Task, World } from './world.ts'

export interface Staff {
  readonly world: World
  readonly truth: Truth
  readonly targets: ReadonlyMap<string, FakeTarget>
  readonly processes: readonly Process[]
  readonly losesConnections: () => number
}

type Claimed = Parameters<Leases['hold']>[0]

const quiet = { debug() {}, info() {}, warn() {}, error() {}, child: () => quiet } as unknown as Logger
const lockMs = leaseSeconds * 1000
/** Deadlines are the targets' own business here: a real timer would never be reached. */
const never = 2 ** 30

/** Hands a job to one of the processes, and tells the queue what it came to. */
export async function deliver(staff: Staff, queue: FakeQueue, job: QueuedJob, lock: number): Promise<void> {
  const { world } = staff
  const process = oneOf(world.choices, staff.processes)
  if (process.frozenUntil > world.now) return world.after(process.frozenUntil - world.now, () => deliver(staff, queue, job, lock))
  if (!queue.holds(job, lock)) return
  const task: Task = { name: job.id, process, alive: true }
  world.note(process.name, () => `takes ${job.queueName} ${job.id.replace(/^r-[0-9a-f-]*(?=..-g)/, '')}`)
  const watch = () => {
    const isWorking = task.alive && process.frozenUntil <= world.now
    if (!queue.holds(job, lock)) return
    if (isWorking) world.after(lockMs, watch)
    else queue.stall(job, lock)
  }
  world.after(lockMs, watch)
  await world.start(
    task,
    () => run(staff, queue, { job, lock, task }),
    (result) => {
      if (result.status === 'fulfilled') return queue.complete(job, lock)
      if (isDefect(result.reason)) throw result.reason
      if (!(result.reason instanceof DelayedError)) queue.fail(job, lock, result.reason instanceof UnrecoverableError)
    },
  )
}

/** What is wrong with the simulator, or with the workers' code, is no bad day. */
export function isDefect(error: unknown): boolean {
  return error instanceof TypeError || error instanceof ReferenceError || error instanceof RangeError
}

interface Assignment {
  readonly job: QueuedJob
  readonly lock: number
  readonly task: Task
}

function run(staff: Staff, queue: FakeQueue, assignment: Assignment): Promise<string> {
  const { world, truth } = staff
  const { job, lock, task } = assignment
  const ledger = createWorkersLedger(world, truth, task, staff.losesConnections) as Ledger
  const bullJob = {
    id: job.id,
    data: job.data,
    attemptsMade: job.attemptsMade,
    stalledCounter: job.stalls,
    opts: { attempts: job.attempts },
    async moveToDelayed(timestamp: number) {
      await world.pause(task, world.latency())
      if (!queue.holds(job, lock)) throw new Error('the job has lost its lock')
      queue.delay(job, lock, timestamp - world.now)
    },
  } as unknown as Job
  const crashPoint = () => undefined
  if (job.name === 'finalize') return createFinalize({ ledger, crashPoint })(bullJob, 'token')
  const deps = createDeps(staff, ledger, assignment)
  const create = { apply: createApplyStep, undo: createUndoStep, probe: createProbeStep }[job.name as Purpose]
  return create(deps)(bullJob, 'token')
}

function createDeps({ world, truth, targets }: Staff, ledger: Ledger, { job, task }: Assignment): StepJobDeps {
  const { requestId, generation } = job.data as { requestId: string; generation: number }
  const purpose = job.name as Purpose
  let held: number | null = null
  const known = (name: string) => targets.get(name) as FakeTarget
  return {
    ledger,
    log: quiet,
    sealer: {} as Sealer,
    crashPoint: () => undefined,
    gate: { enter: async () => openPass() },
    targets: {
      names: [...targets.keys()],
      limits: () => ({}),
      schedule: () => null,
      deadlineMs: () => never,
      settlesWithinMs: async (name) => known(name).options.settlesWithinMs,
      open: async (name) => known(name).open({ task, requestId, generation, purpose, fence: () => held }),
      [Symbol.asyncDispose]: async () => undefined,
    },
    // One process has all the jobs here, and a death of one is no death of others.
    suspects: { take: async () => ({ [Symbol.dispose]() {} }) },
    leases: {
      seconds: leaseSeconds,
      hold: (claim, since) => {
        held = claim.fence
        return holdLease({ world, truth, task }, claim, since, () => {
          held = null
        })
      },
      [Symbol.asyncDispose]: async () => undefined,
    },
  }
}

interface Holder extends Pick<Staff, 'world' | 'truth'> {
  readonly task: Task
}

/** A claim that is renewed for as long as its process runs. */
function holdLease({ world, truth, task }: Holder, claim: Claimed, since: number, released: () => void): Lease {
  let isOver = false
  let until = since + lockMs
  const renew = () => {
    if (!task.alive || isOver) return
    const frozen = task.process.frozenUntil - world.now
    if (frozen > 0) return world.after(frozen, renew)
    if (truth.do(task.process.name, { kind: 'renew', at: world.now, claims: [claim], leaseSeconds }) > 0)
      until = world.now + lockMs
    world.after(lockMs / 3, renew)
  }
  world.after(lockMs / 3, renew)
  return {
    isHeld: () => world.now < until,
    [Symbol.dispose]() {
      isOver = true
      released()
    },
  }
}

/** Targets that are down are tried; the gate before them has tests of its own. */
function openPass() {
  return { answered: async () => undefined, failed: async () => null, [Symbol.asyncDispose]: async () => undefined }
}
