import assert from 'node:assert/strict'
import { test } from 'node:test'
import { coalesce } from './coalesce.ts'

/** Batches that wait to be let through, one after the other. */
function recorded(limit: number) {
  const batches: number[][] = []
  const gates: (() => void)[] = []
  const call = coalesce<number, number>(
    async (values) => {
      batches.push([...values])
      await new Promise<void>((resolve) => gates.push(resolve))
      return values.map((value) => value * 10)
    },
    { limit },
  )
  const pass = async () => {
    while (gates.length === 0) await new Promise((resolve) => setImmediate(resolve))
    gates.shift()?.()
  }
  return { batches, call, pass }
}

test('what arrives while a batch is under way goes together into the next, and everybody gets their own result', async () => {
  const { batches, call, pass } = recorded(10)

  const first = call(1)
  await pass()
  await first
  const during = [call(2)]
  await new Promise((resolve) => setImmediate(resolve))
  during.push(call(3), call(4))
  await pass()
  await pass()

  assert.deepEqual([await first, ...(await Promise.all(during))], [10, 20, 30, 40])
  assert.deepEqual(batches, [[1], [2], [3, 4]])
})

test('no batch is larger than the limit, and the order of arrival is kept', async () => {
  const { batches, call, pass } = recorded(2)

  const calls = [1, 2, 3, 4, 5].map(call)
  for (let count = 0; count < 3; count++) await pass()

  assert.deepEqual(await Promise.all(calls), [10, 20, 30, 40, 50])
  assert.deepEqual(batches, [[1, 2], [3, 4], [5]])
})

test('an error is that of its batch alone; the next one runs', async () => {
  let runs = 0
  const call = coalesce<string, string>(
    async (values) => {
      runs++
      if (values.includes('bad')) throw new Error('refused')
      return values
    },
    { limit: 2 },
  )

  const ended = await Promise.allSettled(['bad', 'unlucky', 'good'].map(call))

  assert.deepEqual(
    ended.map(({ status }) => status),
    ['rejected', 'rejected', 'fulfilled'],
  )
  assert.equal(runs, 2)
})

test('after a large batch it gathers for a moment, after a small one it does not', async () => {
  const sizes: number[] = []
  const call = coalesce<number, number>(
    async (values) => {
      sizes.push(values.length)
      return values
    },
    { limit: 16, lingering: { crowd: 16, ms: 30 } },
  )

  const large = Array.from({ length: 17 }, (_, index) => call(index))
  await Promise.all(large.slice(0, 16))
  const joined = call(17)
  await Promise.all([...large, joined])
  const start = performance.now()
  await call(18)
  await call(19)

  assert.deepEqual(sizes, [16, 2, 1, 1])
  assert.ok(performance.now() - start < 25)
})
