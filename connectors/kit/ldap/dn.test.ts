import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { canonicalDn, childDn, dnKey, isDn, isUnder, parentDn, parseDn, rdnOf } from './dn.ts'

const base = 'ou=people,dc=example,dc=org'
const text = fc.string({ unit: 'binary', minLength: 1 }).filter((value) => value.isWellFormed())

test('any value names exactly one entry under its parent and is read back as it was', () => {
  fc.assert(
    fc.property(text, (value) => {
      const dn = childDn('uid', value, base)

      assert.deepEqual(rdnOf(dn), [{ type: 'uid', value }])
      assert.equal(parentDn(dn), base)
      assert.equal(parseDn(dn)?.length, 4)
    }),
    { numRuns: 2_000 },
  )
})

test('a name never holds a comma or a quote in clear, so that no splitting at commas goes wrong', () => {
  fc.assert(
    fc.property(text, (value) => {
      const rdn = childDn('uid', value, base).slice(0, -base.length - 1)

      assert.doesNotMatch(rdn, /[",;+<>\p{Cc}]/u)
    }),
  )
})

test('the many spellings of a DN are one', () => {
  const spellings = [
    'uid=Doe\\, John,ou=People,dc=example,dc=org',
    'UID=Doe\\2C John, OU=People, DC=example, DC=org',
    'uid="Doe, John",ou=People;dc=example;dc=org',
    'uid=Doe\\2c John ,ou=People,dc=example,dc=org',
  ]

  assert.deepEqual([...new Set(spellings.map(canonicalDn))], ['uid=Doe\\2C John,ou=People,dc=example,dc=org'])
})

test('DNs compare without regard to case, to repeated spaces and to the order inside a multi-valued name', () => {
  assert.equal(dnKey('CN=A  B+UID=c,DC=X'), dnKey('uid=C+cn=a b,dc=x'))
  assert.notEqual(dnKey('cn=a,dc=x'), dnKey('cn=a\\,dc=x'))
})

test('a spelling of a spelling is the same', () => {
  fc.assert(
    fc.property(text, (value) => {
      const dn = childDn('cn', value, base)

      assert.equal(canonicalDn(canonicalDn(dn)), canonicalDn(dn))
    }),
  )
})

test('what is under a base is told by whole names, not by how texts end', () => {
  assert.ok(isUnder(`uid=x,OU=People,${base.slice(10)}`, base))
  assert.ok(!isUnder('uid=x,ou=notpeople,dc=example,dc=org', base))
  assert.ok(!isUnder('uid=x\\,ou=people,dc=example,dc=org', base))
})

test('what is no DN is refused', () => {
  for (const bad of ['', 'people', '=x', 'uid=a,,dc=x', 'uid=a"b,dc=x', 'uid=a\\', '1a=b', 'uid=\\ff\\fe'])
    assert.ok(!isDn(bad), bad)
})
