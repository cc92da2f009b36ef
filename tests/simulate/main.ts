/**
 * `npm run simulate -- --seeds 100000`: plays that many days on all cores, and says which promise was broken on which. Of a broken promise the
 * shortest schedule is printed. `--seed 42` plays one day and prints it. The last line is one JSON object.
 */
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { Worker } from 'node:worker_threads'
import { seededChoices } from './choices.ts'
import { simulateDay } from './day.ts'
import type { Order, Played } from './player.ts'
import { shrink } from './shrink.ts'

const { values } = parseArgs({
  options: { seeds: { type: 'string', default: '10000' }, from: { type: 'string', default: '0' }, seed: { type: 'string' } },
})
const portion = 250
/** Broken days that are shrunk and printed. */
const shown = 3

/** Plays the seeds on as many threads as there are cores. */
async function playAll(from: number, count: number, progress: (days: number) => void): Promise<readonly number[]> {
  const bad: number[] = []
  let next = from
  let days = 0
  const order = (): Order => {
    if (next >= from + count || bad.length >= shown) return null
    const start = next
    next = Math.min(next + portion, from + count)
    return { from: start, to: next }
  }
  const player = () =>
    new Promise<void>((resolve, reject) => {
      const thread = new Worker(new URL('player.ts', import.meta.url))
      thread.on('message', (played: Played) => {
        bad.push(...played.bad)
        days += played.days
        if (played.days > 0) progress(days)
        thread.postMessage(order())
      })
      thread.on('error', reject)
      thread.on('exit', () => resolve())
    })
  await Promise.all(Array.from({ length: availableParallelism() }, player))
  return bad.sort((left, right) => left - right)
}

/** Prints a broken day at its shortest. */
async function show(seed: number): Promise<void> {
  const day = await simulateDay(seededChoices(seed))
  if (day.violation === null) return
  const short = await shrink(day)
  console.log(`\nSeed ${seed} breaks a promise: ${day.violation.promise}. Its shortest schedule:\n`)
  console.log(short.notes?.join('\n'))
  console.log(`\nReplay it: npm run simulate -- --seed ${seed}`)
  console.log(`As a regression (tests/simulate/regressions.ts): [${short.choices.join(',')}]`)
}

async function playOne(seed: number): Promise<number> {
  const day = await simulateDay(seededChoices(seed), { notes: true })
  console.log(day.notes?.join('\n'))
  if (day.violation === null) console.log(`\nSeed ${seed} keeps all promises; its requests ended ${day.ends.join(', ')}.`)
  else await show(seed)
  return day.violation === null ? 0 : 1
}

const start = performance.now()
const seconds = () => Math.round((performance.now() - start) / 100) / 10
const count = values.seed === undefined ? Number(values.seeds) : 1
let violations: number
if (values.seed === undefined) {
  let said = 0
  const bad = await playAll(Number(values.from), count, (days) => {
    if (days - said < count / 20) return
    said = days
    console.log(`${days} days in ${seconds()} s`)
  })
  violations = bad.length
  for (const seed of bad.slice(0, shown)) await show(seed)
} else violations = await playOne(Number(values.seed))
console.log(JSON.stringify({ seeds: count, schedules: count, violations, seconds: seconds() }))
process.exitCode = violations === 0 ? 0 : 1
