/** A thread that plays days: seed after seed, until it is told to stop. */
import { parentPort } from 'node:worker_threads'
import { seededChoices } from './choices.ts'
import { simulateDay } from './day.ts'

/** From the main thread: the seeds to play next; null: there are no more. */
export type Order = { readonly from: number; readonly to: number } | null
/** To the main thread: what a portion of seeds came to. */
export interface Played {
  readonly days: number
  readonly bad: readonly number[]
}

const port = parentPort
if (port === null) throw new Error('this module is a thread of the simulator')
port.on('message', (order: Order) => {
  if (order === null) return port.close()
  void play(order).then((played) => port.postMessage(played satisfies Played))
})
port.postMessage({ days: 0, bad: [] } satisfies Played)

async function play({ from, to }: NonNullable<Order>): Promise<Played> {
  const bad: number[] = []
  for (let seed = from; seed < to; seed++) if ((await simulateDay(seededChoices(seed))).violation !== null) bad.push(seed)
  return { days: to - from, bad }
}
