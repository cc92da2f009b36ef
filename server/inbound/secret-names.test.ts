import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isSecretName } from './secret-names.ts'

test('passwords are noticed by their names, in several languages and spellings', () => {
  const names = [
    'password',
    'userPassword',
    'USER_PASSWORD',
    'pwd',
    'unicodePwd',
    'motDePasse',
    'mot de passe',
    'mdp',
    'Kennwort',
    'contraseña',
    'new-password',
    'hashedPassword',
    'passphrase',
    '__PASSWORD__',
  ]

  assert.deepEqual(
    names.filter((name) => !isSecretName(name)),
    [],
  )
})

test('attributes that only speak of passwords, and ordinary ones, are not taken for secrets', () => {
  const names = [
    'mustChangePassword',
    'passwordExpiresAt',
    'pwdLastSet',
    'passwordPolicy',
    'hasPassword',
    'spinning',
    'secretary',
    'mail',
    'opinion',
    'pinCode2',
    'title',
  ]

  assert.deepEqual(names.filter(isSecretName), [])
})
