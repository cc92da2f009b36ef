import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'

function die(crashAt: string | undefined) {
  const text = `import { createCrashPoint } from ${JSON.stringify(new URL('./crash-points.ts', import.meta.url).href)}
    const crashPoint = createCrashPoint(${JSON.stringify(crashAt)})
    crashPoint('apply:claimed'); console.log('claimed'); crashPoint('apply:called'); console.log('called')`
  const { signal, stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', text], { encoding: 'utf8' })
  return { signal, printed: stdout.trim().split('\n') }
}

test('a process dies exactly at the label it was given', () => {
  assert.deepEqual(die('apply:called'), { signal: 'SIGKILL', printed: ['claimed'] })
})

test('without a label nothing dies', () => {
  assert.deepEqual(die(undefined), { signal: null, printed: ['claimed', 'called'] })
})
