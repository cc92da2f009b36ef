import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hashNames } from './config.ts'
import { hashPassword, holdsPassword } from './password.ts'

for (const name of hashNames) {
  test(`a ${name} hash proves its own password and no other`, async () => {
    const hash = await hashPassword('corréct horse', name)

    assert.equal(await holdsPassword(hash, 'corréct horse'), true)
    assert.equal(await holdsPassword(hash, 'correct horse'), false)
    assert.doesNotMatch(hash, /horse/)
  })
}

test('the same password never gives the same hash twice', async () => {
  assert.notEqual(await hashPassword('secret', 'argon2id'), await hashPassword('secret', 'argon2id'))
})

test('a prefix is written before the hash and read again', async () => {
  const hash = await hashPassword('secret', 'argon2id', '{ARGON2ID}')

  assert.match(hash, /^\{ARGON2ID\}\$argon2id\$/)
  assert.equal(await holdsPassword(hash, 'secret', '{ARGON2ID}'), true)
})

test('a hash that Django wrote is understood', async () => {
  // Django's PBKDF2PasswordHasher, computed with Python's hashlib.pbkdf2_hmac.
  const hash = 'pbkdf2_sha256$1000$seasalt$JgZryXe2Ga8ysg6XbzkLpTdyPQrHqsinbL9BnnhgX4A='

  assert.equal(await holdsPassword(hash, 'lètmein'), true)
})

test('a hash of an unknown form says nothing, and an empty password is refused', async () => {
  assert.equal(await holdsPassword('$2b$10$abcdefghijklmnopqrstuv', 'secret'), null)
  assert.equal(await holdsPassword('$scrypt$ln=40,r=8,p=1$AAAA$AAAA', 'secret'), null)
  await assert.rejects(hashPassword('', 'argon2id'), { code: 'invalid' })
})
