import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createSuspects } from './suspects.ts'

test('one suspect has its turn at a time', async () => {
  const suspects = createSuspects()

  const [first, second] = await Promise.all([suspects.take('a'), suspects.take('b')])

  assert.equal(typeof first, 'object')
  assert.equal(typeof second, 'number')
})

test('the next may come when the turn is over, and of a series only the first waits for what was fetched along with it', async () => {
  let now = 0
  const suspects = createSuspects(() => now)
  const turn = async (jobId: string) => {
    const begun = performance.now()
    using _ = (await suspects.take(jobId)) as Disposable
    return performance.now() - begun
  }

  const waited = [await turn('a'), await turn('b')]
  now = 60_000
  waited.push(await turn('c'))

  assert.deepEqual(
    waited.map((milliseconds) => milliseconds > 250),
    [true, false, true],
  )
})

test('the more wait, the later each comes again; one that came again is not counted twice', async () => {
  const suspects = createSuspects()
  using _ = (await suspects.take('first')) as Disposable

  const waits = []
  for (let number = 0; number < 100; number++) waits.push(await suspects.take(`s${number}`))
  const again = await suspects.take('s0')

  assert.deepEqual([waits[0], waits[99], again], [1_040, 5_000, 5_000])
})
