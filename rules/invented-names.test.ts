import assert from 'node:assert/strict'
import { test } from 'node:test'
import { evidenceFor, findInventedNames, isBlind } from './invented-names.ts'
import { parseRuleSet } from './parse.ts'

const invented = (targets: object, identity: object = {}) =>
  findInventedNames(
    parseRuleSet(
      JSON.stringify({
        name: 'x',
        identity: {
          mail: "identity.login & '@example.org'",
          login: '$unique($login(givenName, familyName))',
          fullName: "givenName & ' ' & familyName",
          ...identity,
        },
        targets,
      }),
      { file: 'x.json' },
    ),
  )
const login = new Set(['login'])

test('a target is blind when nothing but made-up names and fixed texts finds its accounts', () => {
  const names = invented({
    blind: { correlate: { uid: 'identity.login', kind: "'person'" } },
    'by-mail': { correlate: { mail: '$lowercase(identity.mail)' } },
    sees: { correlate: { uid: 'identity.login', number: 'employeeNumber' } },
    'by-name': { correlate: { cn: 'identity.fullName' } },
    takes: { correlate: { uid: 'identity.login' }, existing: 'adopt' },
  })

  const blind = ['blind', 'by-mail', 'sees', 'by-name', 'takes'].filter((target) => isBlind(names, target, login))

  assert.deepEqual(blind, ['blind', 'by-mail'])
  assert.deepEqual(evidenceFor(names, 'sees'), ['number'])
  assert.deepEqual([...names.attributes].sort(), ['login', 'mail'])
})

test('where the source gave the name and $unique was not asked, the account may be the identity’s own', () => {
  const names = invented({ t: { correlate: { mail: 'identity.address' } } }, { address: '$exists(mail) ? mail : $unique(name)' })

  assert.equal(isBlind(names, 't', new Set(['address'])), true)
  assert.equal(isBlind(names, 't', login), false)
  assert.equal(isBlind(names, 't', new Set()), false)
})

test('where a name stands as it is, correlating or written, is known by target', () => {
  const { held } = invented(
    {
      ldap: { correlate: { employeeNumber: 'employeeNumber' }, attributes: { uid: 'identity.login', mail: 'identity.mail' } },
      sql: { correlate: { login: ' identity.login ' }, attributes: { login: 'identity.login', at: 'identity.address' } },
      takes: { correlate: { uid: 'identity.login' }, existing: 'adopt' },
    },
    { address: "$unique(givenName) & '@example.org'", short: '$exists(a) ? a : ($b := c; $unique($b))' },
  )

  assert.deepEqual(Object.fromEntries(held.get('login') ?? []), { ldap: ['uid'], sql: ['login'] })
  assert.deepEqual([...held.keys()].sort(), ['login', 'short'], 'what is put behind a name makes another value of it')
})
