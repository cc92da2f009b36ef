import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { readEnvironment, readVariable, redactedEnvironment } from './environment.ts'

const folder = mkdtempSync(join(tmpdir(), 'passerelle-environment-'))
after(() => rmSync(folder, { recursive: true }))

const key = randomBytes(32).toString('base64')
const least = { DATABASE_URL: 'postgres://u:p@db/passerelle', PASSERELLE_KEY: key }

test('two variables are enough; the others have defaults', () => {
  const { HOST, PORT, REDIS_URL, LOG_LEVEL, WORKER_TARGETS, WORKER_LEASE_SECONDS } = readEnvironment(least)

  assert.deepEqual(
    [HOST, PORT, REDIS_URL, LOG_LEVEL, WORKER_TARGETS, WORKER_LEASE_SECONDS],
    ['127.0.0.1', 8080, undefined, 'info', [], 30],
  )
})

test('every wrong variable is named at once, with what is wrong and an example', () => {
  assert.throws(
    () => readEnvironment({ DATABASE_URL: 'mysql://db', PORT: 'eighty', REDIS_URL: 'http://x' }),
    (error: Error) => {
      for (const part of [
        /DATABASE_URL must begin with postgres:\/\//,
        /PASSERELLE_KEY is missing.*openssl rand/,
        /PORT must be a whole number/,
        /REDIS_URL must begin with redis:\/\//,
      ])
        assert.match(error.message, part)
      return true
    },
  )
})

test('a key that nobody drew at random is refused, except in development, and is not quoted', () => {
  const samples = [
    Buffer.alloc(32, 7),
    Buffer.from(Array.from({ length: 32 }, (_, index) => index)),
    Buffer.from('this is a sample, do not use it!'),
  ].map((bytes) => bytes.toString('base64'))

  for (const PASSERELLE_KEY of samples) {
    assert.throws(
      () => readEnvironment({ ...least, PASSERELLE_KEY, NODE_ENV: 'production' }),
      (error: Error) => /PASSERELLE_KEY is a sample/.test(error.message) && !error.message.includes(PASSERELLE_KEY),
    )
    assert.equal(readEnvironment({ ...least, PASSERELLE_KEY, NODE_ENV: 'development' }).PASSERELLE_KEY, PASSERELLE_KEY)
  }
})

test('a key that is not 32 bytes stops the start, and is not quoted', () => {
  for (const wrong of ['canary', Buffer.alloc(31).toString('base64'), `${key}x`])
    assert.throws(
      () => readEnvironment({ ...least, PASSERELLE_KEY: wrong }),
      (error: Error) => error.message.includes('must be 32 bytes in base64') && !error.message.includes(wrong),
    )
})

test('an empty variable is none', () => {
  assert.equal(readEnvironment({ ...least, REDIS_URL: '', PORT: '' }).PORT, 8080)
})

test('a secret may stand in a file, without its line end', () => {
  const file = join(folder, 'key')
  writeFileSync(file, `${key}\n`)

  assert.equal(readEnvironment({ DATABASE_URL: least.DATABASE_URL, PASSERELLE_KEY_FILE: file }).PASSERELLE_KEY, key)
  assert.equal(readVariable({ MIDPOINT_PASSWORD_FILE: file }, 'MIDPOINT_PASSWORD'), key)
  assert.equal(readVariable({ MIDPOINT_PASSWORD: 'clear', MIDPOINT_PASSWORD_FILE: file }, 'MIDPOINT_PASSWORD'), 'clear')
  assert.equal(readVariable({}, 'MIDPOINT_PASSWORD'), undefined)
})

test('a file that cannot be read is told with its variable', () => {
  assert.throws(() => readEnvironment({ ...least, ADMIN_PASSWORD_FILE: join(folder, 'nothing') }), {
    code: 'config',
    message: /ADMIN_PASSWORD_FILE names a file that cannot be read/,
  })
})

test('settings are printed without passwords and keys, wherever those stand in an address', () => {
  const shown = JSON.stringify(
    redactedEnvironment(
      readEnvironment({
        PASSERELLE_KEY: key,
        ADMIN_PASSWORD: 'canary-password-1',
        DATABASE_URL: 'postgres://u:canary@2@db/x?sslmode=require&password=canary-3',
        REDIS_URL: 'redis+sentinel://:canary-4@h1:1,h2:2/mymaster',
      }),
    ),
  )

  assert.doesNotMatch(shown, /canary|2@db|BwcH/)
  assert.match(shown, /…@db\/x\?sslmode=require/)
  assert.match(shown, /…@h1:1,h2:2\/mymaster/)
})

test('worker targets are a list of names', () => {
  assert.deepEqual(readEnvironment({ ...least, WORKER_TARGETS: ' ad-paris, erp ,' }).WORKER_TARGETS, ['ad-paris', 'erp'])
})
