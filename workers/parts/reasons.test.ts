/** Whoever reads that a process ended reads why. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { reasonOf } from './reasons.ts'

const environment = { WORKER_MEMORY_MB: 512, WORKER_LEASE_SECONDS: 30 }

test('each end has a reason of its own', () => {
  const reason = (code: number | null, signal: NodeJS.Signals | null = null) => reasonOf(code, signal, environment)

  assert.match(reason(null, 'SIGXCPU'), /for 60 seconds without a pause/)
  assert.match(reason(null, 'SIGUSR2'), /WORKER_MEMORY_MB=512/)
  assert.match(reason(null, 'SIGABRT'), /heap was full/)
  assert.match(reason(134), /heap was full/)
  assert.match(reason(null, 'SIGKILL'), /killed \(SIGKILL\)/)
  assert.match(reason(0), /by itself/)
  assert.match(reason(1), /code 1/)
})
