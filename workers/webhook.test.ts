import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sign } from './webhook.ts'

test('a call is signed over its time and its body, as docs/operators.md shows how to check it', () => {
  // printf '1767225600.{"id":"1"}' | openssl dgst -sha256 -hmac 'a secret of forty characters, or so, yes'
  const mac = '1fb7e38149be742a83389946eeb8dd1f6e4e3ee9ac9bfc0a2a093eef9f25b996'

  assert.equal(sign('a secret of forty characters, or so, yes', 1_767_225_600, '{"id":"1"}'), `t=1767225600,v1=${mac}`)
})
