/** The two commands of the README are promises like any other; tests/start-check.mjs keeps them outside the test runner too. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'

test('npm start serves a pasted curl and the demo from an empty home, stops without orphans, and starts again in time', () => {
  const script = join(import.meta.dirname, 'start-check.mjs')

  const done = spawnSync(process.execPath, [script], { encoding: 'utf8' })

  assert.equal(done.status, 0, `${done.stdout}${done.stderr}`)
})
