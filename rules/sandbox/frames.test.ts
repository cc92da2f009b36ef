import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createFrameReader, toFrame } from './frames.ts'

function read(chunks: readonly Buffer[], largest = 1000): { messages: unknown[]; broken: string[] } {
  const messages: unknown[] = []
  const broken: string[] = []
  const reader = createFrameReader(
    largest,
    (message) => messages.push(message),
    (reason) => broken.push(reason),
  )
  for (const chunk of chunks) reader.push(chunk)
  return { messages, broken }
}

test('messages arrive whole however the pipe cuts them', () => {
  const sent = [{ n: 1 }, { text: 'Zoé 😀' }, ['x'.repeat(300)]]
  const bytes = Buffer.concat(sent.map(toFrame))

  for (const size of [1, 2, 3, 5, 7, 64, bytes.length]) {
    const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
      bytes.subarray(index * size, (index + 1) * size),
    )
    assert.deepEqual(read(chunks), { messages: sent, broken: [] })
  }
})

test('a message that announces too many bytes is refused before they come', () => {
  const { messages, broken } = read([toFrame({ n: 1 }), Buffer.from([0x7f, 0xff, 0xff, 0xff]), toFrame({ n: 2 })])

  assert.deepEqual(messages, [{ n: 1 }])
  assert.deepEqual(broken, ['a message of 2147483647 bytes, more than 1000'])
})

test('what is not JSON breaks the pipe once', () => {
  const garbage = Buffer.from([0, 0, 0, 3, 0x7b, 0x7b, 0x7b])

  assert.deepEqual(read([garbage, garbage, toFrame(1)]), { messages: [], broken: ['a message that is not JSON'] })
})
