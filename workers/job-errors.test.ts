import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DelayedError, UnrecoverableError, type Job } from 'bullmq'
import { createLog } from '#core/log.ts'
import { JobError, withoutValues } from './job-errors.ts'

const job = { queueName: 'apply-hr', id: '1' } as Job
const thrown = (error: unknown) =>
  Promise.resolve(withoutValues(() => Promise.reject(error as Error), createLog('silent', 'test'))(job)).then(
    () => assert.fail('nothing was thrown'),
    (caught: unknown) => caught,
  ) as Promise<Error>

test('what a library threw leaves its kind with the job, and neither its message nor its stack', async () => {
  class PostgresError extends Error {
    override readonly name = 'PostgresError'
  }

  const error = await thrown(new PostgresError('Key (mail)=(ada@corp.example) already exists'))

  assert.equal(error.message, "internal: an unexpected PostgresError; the worker's log holds it")
  assert.doesNotMatch(String(error.stack), /ada@|\.ts/)
})

test('our own words stay, without where they were said; a job that must not be tried again stays so', async () => {
  const [again, never] = await Promise.all([
    thrown(new JobError('transient: busy')),
    thrown(new UnrecoverableError('denied: no')),
  ])

  assert.equal(again.stack, 'JobError: transient: busy')
  assert.equal(never.stack, 'UnrecoverableError: denied: no')
  assert.ok(never instanceof UnrecoverableError)
})

test('what tells BullMQ to delay a job passes as it is', async () => {
  const signal = new DelayedError()

  assert.equal(await thrown(signal), signal)
})

test('what is no error at all is named by its type', async () => {
  assert.match((await thrown('Canary-7431')).message, /an unexpected string/)
})
