import assert from 'node:assert/strict'
import { test } from 'node:test'
import { localPath } from './local-path.ts'

test('a path of the dashboard is kept with its query', () => {
  assert.equal(localPath('/requests?state=running'), '/requests?state=running')
})

test('nothing leads to another site', () => {
  for (const crafted of [
    'https://evil.example',
    '//evil.example/x',
    '/\\evil.example',
    'javascript:alert(1)',
    '/..//evil.example',
    null,
  ]) {
    assert.equal(localPath(crafted), '/requests', String(crafted))
  }
})
