import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { text as textOf } from 'node:stream/consumers'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'

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

test('a process freezes once at the label it was given, and goes on when it is told to', async () => {
  const text = `import { createCrashPoint } from ${JSON.stringify(new URL('./crash-points.ts', import.meta.url).href)}
    const crashPoint = createCrashPoint('freeze:apply:called')
    crashPoint('apply:claimed'); process.stdout.write('claimed '); crashPoint('apply:called'); crashPoint('apply:called'); console.log('called twice')`
  const child = spawn(process.execPath, ['--input-type=module', '-e', text], { stdio: ['ignore', 'pipe', 'inherit'] })
  const state = () => /^State:\s+(\S)/m.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1]
  for (const end = Date.now() + 10_000; state() !== 'T' && Date.now() < end;) await delay(10)
  assert.equal(state(), 'T', 'it is stopped')

  child.kill('SIGCONT')

  assert.match(await textOf(child.stdout), /called twice/)
})

test('without a label nothing dies', () => {
  assert.deepEqual(die(undefined), { signal: null, printed: ['claimed', 'called'] })
})
