import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findInventedNames } from './invented-names.ts'
import { parseRuleSet } from './parse.ts'

const invented = (targets: object) =>
  findInventedNames(
    parseRuleSet(
      JSON.stringify({
        name: 'x',
        identity: {
          mail: "identity.login & '@example.org'",
          login: '$unique($login(givenName, familyName))',
          fullName: "givenName & ' ' & familyName",
        },
        targets,
      }),
      { file: 'x.json' },
    ),
  )

test('what is made of a made-up name is made up too', () => {
  assert.deepEqual([...invented({ t: { correlate: { uid: 'identity.login' } } }).attributes].sort(), ['login', 'mail'])
})

test('a target is blind when nothing but made-up names and fixed texts finds its accounts', () => {
  const { blind, evidence } = invented({
    blind: { correlate: { uid: 'identity.login', kind: "'person'" } },
    'by-mail': { correlate: { mail: '$lowercase(identity.mail)' } },
    sees: { correlate: { uid: 'identity.login', number: 'employeeNumber' } },
    'by-name': { correlate: { cn: 'identity.fullName' } },
    takes: { correlate: { uid: 'identity.login' }, existing: 'adopt' },
  } as object)

  assert.deepEqual([...blind].sort(), ['blind', 'by-mail'])
  assert.deepEqual(evidence.get('sees'), ['number'])
})

test('where a name stands as it is, correlating or written, is known by target', () => {
  const { held } = invented({
    ldap: { correlate: { employeeNumber: 'employeeNumber' }, attributes: { uid: 'identity.login', mail: 'identity.mail' } },
    sql: {
      correlate: { login: ' identity.login ' },
      attributes: { login: 'identity.login', upper: '$uppercase(identity.login)' },
    },
    takes: { correlate: { uid: 'identity.login' }, existing: 'adopt' },
  })

  assert.deepEqual(Object.fromEntries(held.get('login') ?? []), { ldap: ['uid'], sql: ['login'] })
  assert.deepEqual(Object.fromEntries(held.get('mail') ?? []), { ldap: ['mail'] })
})
