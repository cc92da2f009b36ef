import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as v from 'valibot'
import { LdapConfig } from './config.ts'
import { accountSchema, isBinary, parseSchema } from './schema.ts'
import { createSpelling } from './spelling.ts'

const schema = parseSchema(
  [
    "( 2.5.4.41 NAME 'name' DESC 'RFC4519: it''s a (name)' EQUALITY caseIgnoreMatch SUBSTR caseIgnoreSubstringsMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15{32768} )",
    "( 2.5.4.3 NAME ( 'cn' 'commonName' ) SUP name )",
    "( 2.5.4.4 NAME ( 'sn' 'surname' ) SUP name )",
    "( 0.9.2342.19200300.100.1.1 NAME ( 'uid' 'userid' ) EQUALITY caseIgnoreMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15{256} )",
    "( 2.5.4.20 NAME 'telephoneNumber' EQUALITY telephoneNumberMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.50{32} )",
    "( 2.16.840.1.113730.3.1.241 NAME 'displayName' EQUALITY caseIgnoreMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 SINGLE-VALUE )",
    "( 0.9.2342.19200300.100.1.60 NAME 'jpegPhoto' SYNTAX 1.3.6.1.4.1.1466.115.121.1.28 )",
    "( 0.9.2342.19200300.100.1.10 NAME 'manager' EQUALITY distinguishedNameMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.12 )",
    "( 1.3.6.1.1.1.1.0 NAME 'uidNumber' EQUALITY integerMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.27 SINGLE-VALUE )",
    "( 1.2.3 NAME 'active' EQUALITY booleanMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.7 SINGLE-VALUE )",
    "( 1.3.6.1.1.16.4 NAME 'entryUUID' EQUALITY UUIDMatch SYNTAX 1.3.6.1.1.16.1 SINGLE-VALUE NO-USER-MODIFICATION USAGE directoryOperation )",
    "( 2.5.4.35 NAME 'userPassword' EQUALITY octetStringMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.40{128} )",
  ],
  [
    "( 2.5.6.0 NAME 'top' ABSTRACT MUST objectClass )",
    "( 2.5.6.6 NAME 'person' SUP top STRUCTURAL MUST ( sn $ cn ) MAY ( userPassword $ telephoneNumber ) )",
    "( 2.16.840.1.113730.3.2.2 NAME 'inetOrgPerson' SUP person STRUCTURAL MAY ( displayName $ jpegPhoto $ manager $ uid ) )",
  ],
)
const spelling = createSpelling(schema, { groupBase: 'ou=groups,dc=x' })

test('an attribute is known by all its names, by its OID, in any case and with options', () => {
  for (const name of ['cn', 'commonname', 'CN', '2.5.4.3', 'cn;lang-fr']) assert.equal(schema.attribute(name)?.name, 'cn')
  assert.equal(schema.attribute('nothing'), null)
})

test('syntax and comparison are inherited', () => {
  assert.equal(schema.attribute('sn')?.equality, 'caseignorematch')
  assert.equal(schema.attribute('sn')?.syntax, '1.3.6.1.4.1.1466.115.121.1.15')
})

test('what the server keeps to itself, and what is bytes, is known', () => {
  assert.equal(schema.attribute('entryUUID')?.readOnly, true)
  assert.deepEqual(schema.binaryNames, ['jpegPhoto', 'userPassword'])
  assert.ok(!isBinary(schema.attribute('cn') ?? { syntax: '' }))
})

test('the account schema follows the object classes up to their last ancestor', () => {
  const config = v.parse(LdapConfig, {
    url: 'ldaps://x',
    bindDn: 'cn=a',
    bindPassword: 'b',
    peopleBase: 'ou=p',
    readOnly: ['manager'],
  })

  const attributes = new Map(accountSchema(schema, config).attributes.map((attribute) => [attribute.name, attribute]))

  assert.deepEqual([...attributes.keys()].toSorted(), [
    'cn',
    'displayName',
    'jpegPhoto',
    'manager',
    'sn',
    'telephoneNumber',
    'uid',
    'userPassword',
  ])
  assert.equal(attributes.get('sn')?.required, true)
  assert.equal(attributes.get('uid')?.unique, true)
  assert.equal(attributes.get('displayName')?.multivalued, false)
  assert.equal(attributes.get('jpegPhoto')?.type, 'binary')
  assert.equal(attributes.get('manager')?.readOnly, true)
  assert.equal(attributes.get('userPassword')?.writeOnly, true)
})

test('values compare by the equality rule of their attribute', () => {
  const same: [string, string, string][] = [
    ['cn', 'Ada  LOVELACE ', 'ada lovelace'],
    ['telephoneNumber', '+33 1-23 45', '+3312345'],
    ['manager', 'CN=A, DC=X', 'cn=a,dc=x'],
    ['uidNumber', '0042', '42'],
  ]

  for (const [attribute, left, right] of same)
    assert.equal(spelling.key(attribute, left), spelling.key(attribute, right), attribute)
  assert.notEqual(spelling.key('jpegPhoto', 'AAAA'), spelling.key('jpegPhoto', 'aaaa'))
})

test('values and names are spelled as the directory will show them', () => {
  assert.equal(spelling.attribute('COMMONNAME;lang-fr'), 'cn;lang-fr')
  assert.equal(spelling.value('active', 'TRUE'), true)
  assert.equal(spelling.value('manager', 'CN=A, DC=X'), 'cn=A,dc=X')
  assert.equal(spelling.value('uidNumber', 42), '42')
  assert.equal(spelling.group('Staff'), 'cn=Staff,ou=groups,dc=x')
  assert.equal(spelling.groupKey('Staff'), spelling.groupKey('CN=staff, OU=Groups,DC=X'))
})
