/**
 * Whether the queue still holds the jobs of a request whose wake-up has come. Before a long backlog every wake-up comes before its turn does:
 * ringing again then would make the backlog longer, and the next wake-ups more.
 */
import type { Bell } from '#core/ledger/ring.ts'
import { applyQueue, finalizeQueue, undoQueue, type Queues } from '#core/queues.ts'
import { jobId } from './relay.ts'

/** Job states of BullMQ from which a job comes to a worker by itself, sooner or later. */
const coming: ReadonlySet<string> = new Set(['waiting', 'delayed', 'prioritized', 'paused'])
/** Milliseconds that a worker may have a job in hand: longer than any call may take. Whoever has it for longer may never give it back. */
const inHandAtMostMs = 120_000

/** Those of the bells whose jobs are all there: the finalizer's, or else it waits for one of each target that has something to do. */
export async function stillQueued(queues: Pick<Queues, 'queue'>, bells: readonly Bell[]): Promise<readonly Bell[]> {
  const are = await Promise.all(bells.map((bell) => isQueued(queues, bell)))
  return bells.filter((_, index) => are[index])
}

async function isQueued(queues: Pick<Queues, 'queue'>, bell: Bell): Promise<boolean> {
  const state = await stateOf(queues.queue(finalizeQueue), jobId(bell))
  if (state !== 'waiting-children') return state === 'coming'
  const ofTarget = bell.topic === 'undo' ? undoQueue : applyQueue
  const states = await Promise.all(bell.targets.map((target) => stateOf(queues.queue(ofTarget(target)), jobId(bell, target))))
  return states.length > 0 && states.every((one) => one === 'coming')
}

async function stateOf(queue: ReturnType<Queues['queue']>, id: string): Promise<'coming' | 'waiting-children' | 'lost'> {
  const state = await queue.getJobState(id)
  if (state === 'waiting-children') return state
  if (coming.has(state)) return 'coming'
  if (state !== 'active') return 'lost'
  const takenAt = (await queue.getJob(id))?.processedOn ?? 0
  return Date.now() - takenAt < inHandAtMostMs ? 'coming' : 'lost'
}
