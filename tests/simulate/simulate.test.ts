/** The simulator, as far as it fits into every test run: some thousand days, the days that were bad once, and proof that it is not blind. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Worker } from 'node:worker_threads'
import fc from 'fast-check'
import { givenChoices, seededChoices } from './choices.ts'
import { simulateDay } from './day.ts'
import type { MutantFate, MutantOrder } from './mutant-player.ts'
import { mutations, type Mutation } from './mutations.ts'
import { regressions } from './regressions.ts'

/** Milliseconds for days that no list names. */
const timeBox = 8_000

test('all promises are kept on some thousand seeded days', async () => {
  const end = performance.now() + timeBox
  let days = 0
  for (let seed = 0; seed < 3_000 && performance.now() < end; seed++, days++) {
    const { violation } = await simulateDay(seededChoices(seed))

    assert.equal(violation, null, `seed ${seed}; see it with: npm run simulate -- --seed ${seed}`)
  }
  assert.ok(days > 300, `only ${days} days in ${timeBox} ms`)
})

test('all promises are kept on days that fast-check makes up', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(20), { maxLength: 400, size: 'max' }), async (choices) => {
      const { violation } = await simulateDay(givenChoices(choices))

      assert.equal(violation, null)
    }),
    { numRuns: 300, plugins: [fc.interruptAfterTimeLimit(timeBox / 2)] },
  )
})

test('the same seed is the same day, event for event', async () => {
  const days = [await simulateDay(seededChoices(42), { notes: true }), await simulateDay(seededChoices(42), { notes: true })]

  assert.deepEqual(days[0]?.notes, days[1]?.notes)
  assert.ok((days[0]?.notes?.length ?? 0) > 10)
})

for (const { guard, choices } of regressions)
  test(`the day that showed why “${guard}” keeps all promises`, async () => {
    const { violation } = await simulateDay(givenChoices(choices))

    assert.equal(violation, null)
  })

test('each guard of the saga that is taken out is missed', async () => {
  const waiting = [...mutations]
  const blind: string[] = []
  const play = async () => {
    for (let mutation = waiting.shift(); mutation !== undefined; mutation = waiting.shift())
      if ((await fateWithout(mutation)).seed === null) blind.push(mutation.guard)
  }

  await Promise.all([play(), play()])

  assert.deepEqual(blind, [])
})

/** Seeds that are tried where the known day shows nothing any more, because the code around the guard has changed. */
const lastResort = 10_000

function fateWithout({ guard, edits }: Mutation): Promise<MutantFate> {
  const known = regressions.find((regression) => regression.guard === guard)?.choices ?? []
  const workerData: MutantOrder = { edits, known, seeds: lastResort, shrinks: false }
  return new Promise((resolve, reject) => {
    const thread = new Worker(new URL('mutant-player.ts', import.meta.url), { workerData })
    thread.on('message', resolve)
    thread.on('error', reject)
  })
}
