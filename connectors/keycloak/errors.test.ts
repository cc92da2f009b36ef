import assert from 'node:assert/strict'
import { test } from 'node:test'
import { meaningOf } from './errors.ts'

const meaning = (status: number, json: unknown) => meaningOf({ status, headers: {}, json })

test('Keycloak’s reasons become ours, by its codes and the names of fields alone', () => {
  const policy = meaning(400, {
    error: 'invalidPasswordHistoryMessage',
    error_description: 'Invalid password: must not be s3cret',
  })
  const refused = meaning(400, { field: 'title', errorMessage: 'error-invalid-length', params: ['title', 'Jane'] })
  const several = meaning(400, { errors: [{ field: 'email', errorMessage: 'error-invalid-email', params: ['jane@'] }] })
  const rename = meaning(400, { field: 'username', errorMessage: 'error-user-attribute-read-only' })

  assert.deepEqual([policy?.code, policy?.vendorCode], ['policy', 'invalidPasswordHistoryMessage'])
  assert.deepEqual([refused?.code, refused?.text], ['invalid', 'the realm refuses title (error-invalid-length)'])
  assert.match(several?.text ?? '', /email/)
  assert.match(rename?.hint?.en ?? '', /Edit username/)
  assert.equal(meaning(409, { errorMessage: 'User exists with same username' })?.code, 'exists')
  assert.match(meaning(403, { error: 'HTTP 403 Forbidden' })?.hint?.en ?? '', /manage-users/)
  assert.doesNotMatch(JSON.stringify([policy, refused, several, rename]), /s3cret|Jane|jane@/)
})

test('an answer that says nothing more than its status means what the status says', () => {
  assert.equal(meaning(400, { errorMessage: 'Could not create user jane' }), null)
  assert.equal(meaning(500, { error: 'unknown_error' }), null)
  assert.equal(meaning(404, undefined), null)
})
