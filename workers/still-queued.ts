/**
 * Whether the queue still holds the jobs of a request whose wake-up has come. Before a long backlog every wake-up comes before its turn does:
 * ringing again then would make the backlog longer, and the next wake-ups more.
 */
import type { Bell } from '#core/ledger/ring.ts'
import { applyQueue, finalizeQueue, undoQueue, type Queues } from '#core/queues.ts'
import { jobId } from './relay.ts'

/** Job states of BullMQ from which a job comes to a worker by itself, sooner or later. */
const coming: ReadonlySet<string> = new Set(['waiting', 'active', 'delayed', 'prioritized', 'paused'])

/** Those of the bells whose jobs are all there: the finalizer's, or else it waits for one of each target that has something to do. */
export async function stillQueued(queues: Pick<Queues, 'queue'>, bells: readonly Bell[]): Promise<readonly Bell[]> {
  const are = await Promise.all(bells.map((bell) => isQueued(queues, bell)))
  return bells.filter((_, index) => are[index])
}

async function isQueued(queues: Pick<Queues, 'queue'>, bell: Bell): Promise<boolean> {
  const state = await queues.queue(finalizeQueue).getJobState(jobId(bell))
  if (coming.has(state)) return true
  if (state !== 'waiting-children' || bell.targets.length === 0) return false
  const ofTarget = bell.topic === 'undo' ? undoQueue : applyQueue
  const states = await Promise.all(bell.targets.map((target) => queues.queue(ofTarget(target)).getJobState(jobId(bell, target))))
  return states.every((one) => coming.has(one))
}
