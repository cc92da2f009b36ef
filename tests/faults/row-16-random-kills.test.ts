/** Row 16: everything is killed, frozen, flushed and restarted at random under load. Some seconds of it here; `npm run soak` for as long as one likes. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const soak = fileURLToPath(new URL('../soak/main.ts', import.meta.url))

test('random kills of everything lose nothing, do nothing twice, and leave nothing stuck', async (t) => {
  const { stdout } = await promisify(execFile)(process.execPath, [soak, '--minutes', '0.3', '--rate', '10', '--seed', '16'])

  t.diagnostic(stdout)
  const { accepted, final, lost, double_effects, stuck } = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Record<
    string,
    number
  >
  assert.ok((accepted ?? 0) > 60, `${accepted} requests were accepted`)
  assert.deepEqual({ final, lost, double_effects, stuck }, { final: accepted, lost: 0, double_effects: 0, stuck: 0 })
})
