import assert from 'node:assert/strict'
import { Writable } from 'node:stream'
import { test } from 'node:test'
import { gatherWrites } from './gather-writes.ts'

/** What reaches the system: one entry for each call of it. */
function openStream() {
  const calls: string[] = []
  const stream = new Writable({
    decodeStrings: false,
    write(chunk: string, _encoding, done) {
      calls.push(chunk)
      done()
    },
    writev(chunks, done) {
      calls.push(chunks.map(({ chunk }) => String(chunk)).join(''))
      done()
    },
  })
  gatherWrites(stream)
  return { stream, calls }
}

test('what promises write in one turn leaves together, in its order', async () => {
  const { stream, calls } = openStream()

  await Promise.all(['a', 'b', 'c', 'd'].map((text) => Promise.resolve().then(() => stream.write(text))))
  await new Promise(setImmediate)

  assert.deepEqual(calls, ['abcd'])
})

test('a later turn does not wait for anything that comes after it', async () => {
  const { stream, calls } = openStream()

  stream.write('a')
  await new Promise(setImmediate)
  assert.deepEqual(calls, ['a'])
  stream.write('b')
  await new Promise(setImmediate)

  assert.deepEqual(calls, ['a', 'b'])
})

test('what was written before the end is sent before it', async () => {
  const { stream, calls } = openStream()

  stream.write('a')
  await new Promise<void>((resolve) => void stream.end('z', () => resolve()))

  assert.equal(calls.join(''), 'az')
})
