import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { hash as argon2 } from '@node-rs/argon2'
import { matchesHash } from './password.ts'

const word = 'Pässwörd 1!'

function salted(scheme: string, name: string): string {
  const salt = Buffer.from('saltsalt')
  return `{${scheme}}${Buffer.concat([createHash(name).update(word).update(salt).digest(), salt]).toString('base64')}`
}

test('the schemes of OpenLDAP and 389 Directory Server tell the right password from others', async () => {
  const stored = [
    salted('SSHA', 'sha1'),
    salted('ssha256', 'sha256'),
    salted('SSHA512', 'sha512'),
    `{SHA}${createHash('sha1').update(word).digest('base64')}`,
    `{ARGON2}${await argon2(word)}`,
    `{CLEARTEXT}${word}`,
    word,
  ]

  for (const one of stored) assert.deepEqual([await matchesHash(one, word), await matchesHash(one, 'other')], [true, false], one)
})

test('a scheme that cannot be computed here says nothing', async () => {
  assert.equal(await matchesHash('{CRYPT}$6$abc$def', word), null)
  assert.equal(await matchesHash('{SSHA}AAAA', word), null)
})
