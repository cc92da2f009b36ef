import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTurns } from './turns.ts'

test('what has the same key is done one after the other, in the order of the calls', async () => {
  const turns = createTurns()
  const log: string[] = []
  const work = (name: string, rounds: number) => async () => {
    log.push(`${name} begins`)
    for (let left = rounds; left > 0; left--) await Promise.resolve()
    log.push(`${name} ends`)
    return name
  }

  const results = await Promise.all([
    turns.take('k', work('first', 20)),
    turns.take('k', work('second', 1)),
    turns.take('k', work('third', 5)),
  ])

  assert.deepEqual(results, ['first', 'second', 'third'])
  assert.deepEqual(
    log,
    results.flatMap((name) => [`${name} begins`, `${name} ends`]),
  )
})

test('other keys do not wait', async () => {
  const turns = createTurns()
  const gate = Promise.withResolvers<void>()

  const slow = turns.take('slow', () => gate.promise)
  assert.equal(await turns.take('fast', async () => 'done'), 'done')
  gate.resolve()
  await slow
})

test('who fails is told so, and the next has their turn all the same', async () => {
  const turns = createTurns()

  const failing = turns.take('k', () => Promise.reject(new Error('refused')))
  const next = turns.take('k', async () => 'done')

  await assert.rejects(failing, /refused/)
  assert.equal(await next, 'done')
})

test('a key whose turns are over does not wait for anything', async () => {
  const turns = createTurns()
  await turns.take('k', async () => undefined)
  let begun = false

  const again = turns.take('k', async () => {
    begun = true
  })

  assert.equal(begun, true, 'it begins at once')
  await again
})
