import assert from 'node:assert/strict'
import { test } from 'node:test'
import { preferredLocale } from './locale.ts'

test('a browser that prefers German, then English, gets English', () => {
  assert.equal(preferredLocale('de-DE,de;q=0.9,en;q=0.8,fr;q=0.1'), 'en')
})

test('a regional French gets French', () => {
  assert.equal(preferredLocale('fr-CA'), 'fr')
})

test('a language that is refused with weight zero is not chosen', () => {
  assert.equal(preferredLocale('fr;q=0, en;q=0.5'), 'en')
})

test('no header and no known language say nothing', () => {
  assert.equal(preferredLocale(null), null)
  assert.equal(preferredLocale('de, *;q=0.1'), null)
})
