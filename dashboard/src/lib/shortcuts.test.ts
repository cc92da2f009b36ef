import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createShortcuts } from './shortcuts.ts'

const press = (key: string, timeStamp = 0, more = {}) => ({
  key,
  timeStamp,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  isComposing: false,
  defaultPrevented: false,
  ...more,
})

test('g then a letter goes to a page, within a moment', () => {
  const shortcut = createShortcuts()

  assert.deepEqual([shortcut(press('g', 0)), shortcut(press('f', 500))], [null, 'flows'])
  assert.deepEqual([shortcut(press('g', 2000)), shortcut(press('q', 9000))], [null, null])
})

test('with Ctrl, Alt or ⌘ a key belongs to the browser', () => {
  const shortcut = createShortcuts()

  assert.equal(shortcut(press('k', 0, { ctrlKey: true })), null)
  assert.equal(shortcut(press('/', 0, { metaKey: true })), null)
  assert.equal(shortcut(press('/')), 'search')
})
