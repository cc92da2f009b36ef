/**
 * A thread that plays days with one guard taken out of the code: the text of a module is changed while it is loaded, in this thread only. It
 * tells which seed first showed that the guard is missing, and the shortest schedule of that day.
 */
import { registerHooks } from 'node:module'
import { parentPort, workerData } from 'node:worker_threads'
import type { Edit } from './mutations.ts'

export interface MutantOrder {
  readonly edits: readonly Edit[]
  /** A day on which the guard was missed before: played first. */
  readonly known: readonly number[]
  readonly seeds: number
  /** Also make the schedule short. */
  readonly shrinks: boolean
}

export interface MutantFate {
  /** The seed that showed it; -1: the known day did; null: none did. */
  readonly seed: number | null
  readonly promise: string | null
  /** The choices of the shortest schedule, when it was asked for. */
  readonly choices: readonly number[]
}

const { edits, known, seeds, shrinks } = workerData as MutantOrder
const isTakenOut = new Set<Edit>()

registerHooks({
  load(url, context, next) {
    const loaded = next(url, context)
    const own = edits.filter(({ file }) => url === new URL(`../../${file}`, import.meta.url).href)
    if (own.length === 0) return loaded
    let text = Buffer.from(loaded.source as Uint8Array).toString('utf8')
    for (const edit of own) {
      if (!text.includes(edit.find)) throw new Error(`${edit.file} does not hold the guard any more: ${edit.find}`)
      text = text.replaceAll(edit.find, () => edit.replace)
      isTakenOut.add(edit)
    }
    return { ...loaded, source: text }
  },
})

const { givenChoices, seededChoices } = await import('./choices.ts')
const { simulateDay } = await import('./day.ts')
const { shrink } = await import('./shrink.ts')
for (const edit of edits) if (!isTakenOut.has(edit)) throw new Error(`the simulator does not load ${edit.file}`)

async function play(): Promise<MutantFate> {
  const { violation } = await simulateDay(givenChoices(known))
  if (known.length > 0 && violation !== null) return { seed: -1, promise: violation.promise, choices: known }
  for (let seed = 0; seed < seeds; seed++) {
    const day = await simulateDay(seededChoices(seed))
    if (day.violation === null) continue
    return { seed, promise: day.violation.promise, choices: shrinks ? (await shrink(day)).choices : [] }
  }
  return { seed: null, promise: null, choices: [] }
}

parentPort?.postMessage(await play())
