import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { createSealer } from './sealing.ts'

const key = randomBytes(32).toString('base64')
const sealer = createSealer(key)
const purpose = 'request|secret|1'

test('what was sealed opens with the same key and purpose, whatever the text', () => {
  for (const clear of ['', 'Zoé 🗝️', '\0', 'x'.repeat(100_000)])
    assert.equal(createSealer(key).open(purpose, sealer.seal(purpose, clear)), clear)
})

test('the same text never seals to the same bytes, and stands nowhere in them', () => {
  const [one, other] = [sealer.seal(purpose, 'canary-secret'), sealer.seal(purpose, 'canary-secret')]

  assert.notDeepEqual(one, other)
  assert.equal(one.includes('canary-secret'), false)
})

test('a sealed secret that was copied to another row does not open', () => {
  assert.throws(() => sealer.open('request|secret|2', sealer.seal(purpose, 'x')), { code: 'config', message: /changed or moved/ })
})

test('one changed bit anywhere, or a missing end, and it does not open', () => {
  const sealed = sealer.seal(purpose, 'secret')

  for (let at = 0; at < sealed.length; at++) {
    const changed = Buffer.from(sealed)
    changed.writeUInt8(changed.readUInt8(at) ^ 1, at)
    assert.throws(() => sealer.open(purpose, changed), { code: 'config' }, `byte ${at}`)
  }
  assert.throws(() => sealer.open(purpose, sealed.subarray(0, -1)), { code: 'config' })
  assert.throws(() => sealer.open(purpose, sealed.subarray(0, 3)), { code: 'config' })
  assert.throws(() => sealer.open(purpose, Buffer.alloc(0)), { code: 'config' })
})

test('another key says that it is another key', () => {
  const other = createSealer(randomBytes(32).toString('base64'))

  assert.throws(() => other.open(purpose, sealer.seal(purpose, 'x')), {
    message: 'a secret was sealed with another key',
    hint: /PASSERELLE_KEY/,
  })
})

test('each use has a key of its own, the same at every start', () => {
  assert.deepEqual(createSealer(key).derive('audit chain'), sealer.derive('audit chain'))
  assert.notDeepEqual(sealer.derive('audit chain'), sealer.derive('idempotency'))
  assert.equal(sealer.derive('audit chain').length, 32)
})
