import assert from 'node:assert/strict'
import { after, beforeEach, test } from 'node:test'
import type { Job } from 'bullmq'
import { GatewayError } from '#core/errors.ts'
import { createLog } from '#core/log.ts'
import { usualBreaker } from '#core/target-limits.ts'
import { nextTargetState, wellState, type TargetEvent, type TargetState } from '#core/target-state.ts'
import { openGate, type Gate, type Pausable } from './gate.ts'

/** The database's part, in memory: the same machine, and everybody told at once. */
function createTargets() {
  const listeners = new Set<(changed: readonly string[]) => void>()
  const told: string[] = []
  let state = wellState
  let now = 1_000_000
  const tell = () => {
    for (const listener of listeners) listener(['crm'])
  }
  return {
    told,
    at(milliseconds: number): void {
      now = milliseconds
      tell()
    },
    happens(event: TargetEvent): TargetState {
      state = nextTargetState(state, event, { now, random: 0.5, breaker: usualBreaker })
      told.push(event.type)
      tell()
      return state
    },
    watch: {
      now: () => now,
      stateOf: () => state,
      rows: () => [],
      learn: tell,
      subscribe(listener: (changed: readonly string[]) => void) {
        listeners.add(listener)
        return { [Symbol.dispose]: () => listeners.delete(listener) }
      },
      async [Symbol.asyncDispose]() {},
    },
  }
}

/** A queue's worker as far as the gate knows it. */
function createWorker(): Pausable {
  let paused = false
  return {
    concurrency: 100,
    isPaused: () => paused,
    async pause() {
      paused = true
    },
    resume() {
      paused = false
    },
  }
}

let targets: ReturnType<typeof createTargets>
let worker: Pausable
let gate: Gate
beforeEach(async () => {
  await gate?.[Symbol.asyncDispose]()
  targets = createTargets()
  worker = createWorker()
  gate = openGate({
    watch: targets.watch,
    ledger: { changeTarget: async ({ event }) => targets.happens(event) },
    log: createLog('fatal', 'test'),
    deadlineMs: () => 10_000,
  })
  gate.keep('crm', [worker], 100)
})
after(() => gate[Symbol.asyncDispose]())

const job = { moveToDelayed: async () => {} } as unknown as Job
const enter = () =>
  gate.enter(job, 'token', 'crm').then(
    (pass) => pass,
    () => null,
  )
const throttled = new GatewayError('throttled', 'enough', { retryAfterMs: 60_000 })

test('while all is well a step goes through without the database', async () => {
  await using pass = await enter()
  await pass?.answered()

  assert.deepEqual([pass === null, targets.told, worker.isPaused(), worker.concurrency], [false, [], false, 100])
})

test('a parked target’s queue rests, and when the time has come takes one job', async () => {
  await using pass = await enter()
  const parkedMs = await pass?.failed(throttled)
  const rests = worker.isPaused()
  const turnedAway = await enter()

  targets.at(1_000_000 + 63_000 + 1)

  assert.deepEqual([(parkedMs ?? 0) >= 60_000, rests, turnedAway], [true, true, null])
  assert.deepEqual([worker.isPaused(), worker.concurrency], [false, 1])
})

test('one of many tries; when it was answered, the others go on, one at first and then twice as many every half second', async () => {
  await (await enter())?.failed(throttled)
  targets.at(1_100_000)

  const passes = (await Promise.all(Array.from({ length: 20 }, enter))).filter((pass) => pass !== null)
  const restsMeanwhile = worker.isPaused()
  await passes[0]?.answered()
  const paces = [0, 499, 500, 1_000, 2_000, 5_000].map((ms) => {
    targets.at(1_100_000 + ms)
    return worker.concurrency
  })

  assert.deepEqual([passes.length, restsMeanwhile, worker.isPaused()], [1, true, false])
  assert.deepEqual(paces, [1, 1, 2, 4, 16, 100])
})

test('a step that was to try and had nothing to call lets another one try', async () => {
  await (await enter())?.failed(throttled)
  targets.at(1_100_000)

  await (await enter())?.[Symbol.asyncDispose]()

  assert.notEqual(await enter(), null)
})

test('a call that was cut because the worker stops says nothing of the target', async () => {
  await using pass = await gate.enter(job, 'token', 'crm', AbortSignal.abort())

  assert.equal(await pass.failed(new GatewayError('unknown_outcome', 'cut')), null)
  assert.deepEqual(targets.told, [])
})
