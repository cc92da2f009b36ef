import assert from 'node:assert/strict'
import { existsSync, mkdirSync, statSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { removeFolder, temporaryFolder } from './harness/daemon.ts'
import { openRunFolder, remove } from './run-folder.mjs'

/** No process has so high a number. */
const nobody = 2 ** 30

test('a run has a folder of its own, which servers that are not root can enter', () => {
  const folder = openRunFolder()

  const [mode, isThere] = [statSync(folder).mode & 0o777, existsSync(folder)]
  remove(folder)

  assert.deepEqual([mode, isThere, existsSync(folder)], [0o711, true, false])
})

test('what a killed run left is removed an hour later; what belongs to one that goes on, or to others, stays', () => {
  const place = temporaryFolder('run-folder', null)
  try {
    const folders = [
      `passerelle-test-run-${nobody}-old`,
      `passerelle-test-run-${nobody}-young`,
      `passerelle-test-run-${process.pid}-x`,
      'other',
    ]
    const paths = folders.map((name) => join(place, name))
    for (const path of paths) mkdirSync(path)
    const longAgo = Date.now() / 1_000 - 3_601
    for (const path of [paths[0], paths[2], paths[3]]) utimesSync(path ?? '', longAgo, longAgo)

    openRunFolder(place)

    assert.deepEqual(
      paths.map((path) => existsSync(path)),
      [false, true, true, true],
    )
  } finally {
    removeFolder(place)
  }
})
