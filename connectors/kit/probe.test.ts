import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GatewayError } from '#core/errors.ts'
import { kitPhrases } from './phrases.ts'
import { inSteps } from './probe.ts'

const stepThat = (fails: unknown) => inSteps([{ check: 'login', run: () => Promise.reject(fails) }])

test('a failure that says what to do is told with it, in both languages', async () => {
  const error = new GatewayError('auth', 'the system refuses', { hint: kitPhrases.credentials, vendorCode: 'X 1' })

  const { ok, checks } = await stepThat(error)

  assert.equal(ok, false)
  const { milliseconds: _, ...told } = checks[0] ?? {}
  assert.deepEqual(told, {
    ...{ check: 'login', ok: false, code: 'auth', message: 'the system refuses', vendorCode: 'X 1' },
    ...{ hint: kitPhrases.credentials.en, phrase: kitPhrases.credentials },
  })
})

test('one that does not leaves nobody without something to try, and what a library threw is not shown', async () => {
  const foreign = await stepThat(Object.assign(new Error('password=s3cret'), { code: 'ESOMETHING' }))
  const ours = await stepThat(new GatewayError('transient', 'the system failed', { sent: 'yes' }))

  assert.deepEqual(
    [foreign, ours].map(({ checks: [check] }) => [check?.code, check?.message, check?.phrase?.code]),
    [
      ['internal', 'failed with ESOMETHING', 'kit.compareSettings'],
      ['transient', 'the system failed', 'kit.compareSettings'],
    ],
  )
})
