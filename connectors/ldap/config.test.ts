import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as v from 'valibot'
import { endpointOf } from '#connectors/kit/ldap/endpoint.ts'
import { LdapConfig } from './config.ts'

const least = {
  url: 'ldaps://ldap.example.org',
  bindDn: 'cn=gateway,dc=example,dc=org',
  bindPassword: 'secret',
  peopleBase: 'ou=people,dc=example,dc=org',
}

function problems(more: Record<string, unknown>): readonly string[] {
  const result = v.safeParse(LdapConfig, { ...least, ...more })
  return result.success ? [] : result.issues.map(({ message }) => message)
}

test('the least configuration is enough', () => {
  const config = v.parse(LdapConfig, least)

  assert.deepEqual(
    [config.rdnAttribute, config.idAttribute, config.disable.by, config.passwordMode],
    ['uid', 'entryUUID', 'ppolicy', 'exop'],
  )
})

test('a password never crosses a network in clear unless somebody says so', () => {
  assert.match(problems({ url: 'ldap://ldap.example.org' })[0] ?? '', /StartTLS/)
  assert.deepEqual(problems({ url: 'ldap://ldap.example.org', startTls: true }), [])
  assert.deepEqual(problems({ url: 'ldap://ldap.example.org', allowClearText: true }), [])
  for (const url of ['ldap://localhost:1389', 'ldap://127.0.0.1', 'ldap://[::1]']) assert.deepEqual(problems({ url }), [], url)
  assert.notEqual(problems({ url: 'ldap://127.0.0.1.example.org' }).length, 0)
})

test('what cannot be meant is refused', () => {
  const wrong: Record<string, unknown>[] = [
    { url: 'ldaps://x', startTls: true },
    { url: 'http://x' },
    { url: 'ldaps://user:password@x' },
    { url: 'ldaps://x/dc=example' },
    { peopleBase: 'people' },
    { bindPassword: '' },
    { rdnAttribute: 'uid=x,' },
    { disable: { by: 'magic' } },
    { ca: '/etc/ssl/ca.pem' },
    { unknownSetting: 1 },
  ]

  for (const one of wrong) assert.notEqual(problems(one).length, 0, JSON.stringify(one))
})

test('the bind password is marked as a secret', () => {
  const field = LdapConfig.pipe[0].entries.bindPassword

  assert.ok(field.pipe.some((item) => 'metadata' in item && (item.metadata as { secret?: boolean }).secret === true))
})

test('ports follow the scheme', () => {
  assert.deepEqual(endpointOf({ url: 'ldaps://[2001:db8::1]' }), { host: '2001:db8::1', port: 636, tls: true })
  assert.deepEqual(endpointOf({ url: 'ldap://h:1389/' }), { host: 'h', port: 1389, tls: false })
})
