import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { GatewayError } from '#core/errors.ts'
import type { Attributes } from '#core/values.ts'
import { applyDeltas, type IncomingChange, type ReadContext } from '../adapter.ts'
import { midpoint } from './index.ts'

function fixture(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`../../../tests/fixtures/midpoint/${name}.json`, import.meta.url), 'utf8'))
}

function readOne(payload: unknown, context: ReadContext = {}): IncomingChange {
  const [change, ...others] = midpoint.read(payload, context)
  assert.ok(change !== undefined && others.length === 0)
  return change
}

function attributesOf(payload: unknown): Attributes {
  return applyDeltas({}, readOne(payload))
}

function refusalOf(payload: unknown, context: ReadContext = {}): GatewayError {
  try {
    midpoint.read(payload, context)
  } catch (error) {
    if (error instanceof GatewayError) return error
    throw error
  }
  return assert.fail('it was read')
}

const user = (items: object) => ({ user: { oid: 'o-1', name: 'zmueller', ...items } })

test('a user becomes a whole identity: PolyStrings, wrapped values, extension, assignments, activation and the password', () => {
  const change = readOne(fixture('user'))

  assert.equal(change.kind, 'create')
  assert.equal(change.mode, 'whole')
  assert.equal(change.objectType, 'user')
  assert.equal(change.externalId, '7d1f0c52-3f0a-4c1e-9f63-2b8a5a0e1001')
  assert.equal(change.displayName, 'Zoé Müller')
  assert.deepEqual(change.secrets, { password: 'Fixture-Passw0rd-1' })
  assert.deepEqual(applyDeltas({}, change), {
    name: ['zmueller'],
    fullName: ['Zoé Müller'],
    givenName: ['Zoé'],
    familyName: ['Müller'],
    emailAddress: ['zoe.mueller@corp.example'],
    employeeNumber: ['E-1001'],
    organizationalUnit: ['Trésorerie', 'Audit'],
    badge: ['B-77'],
    'extension.title': ['Madame'],
    assignment: ['5b6c0000-0000-4000-8000-00000000aaaa'],
    'assignment.manager': ['5b6c0000-0000-4000-8000-00000000bbbb'],
    construction: ['5b6c0000-0000-4000-8000-00000000cccc'],
    administrativeStatus: ['enabled'],
    effectiveStatus: ['enabled'],
  })
})

test('the password stands in the secrets and nowhere else', () => {
  const { secrets, ...rest } = readOne(fixture('user'))

  assert.deepEqual(Object.keys(secrets), ['password'])
  assert.doesNotMatch(JSON.stringify(rest), /Passw0rd/)
})

test('a user that is disabled or archived, by people or in effect, is a disable', () => {
  const off = [
    { administrativeStatus: 'disabled' },
    { administrativeStatus: 'archived' },
    { effectiveStatus: 'disabled' },
    { administrativeStatus: 'DISABLED' },
  ]

  assert.equal(readOne(fixture('user-disabled')).kind, 'disable')
  for (const activation of off) assert.equal(readOne(user({ activation })).kind, 'disable')
  assert.equal(readOne(user({ activation: { administrativeStatus: 'enabled' } })).kind, 'create')
})

test('a status that midPoint does not have is refused instead of being taken for enabled', () => {
  assert.equal(refusalOf(user({ activation: { administrativeStatus: 'suspended' } })).at, '/user/activation/administrativeStatus')
})

test('an encrypted or hashed password is refused with the reason, and its cipher text is not in the error', () => {
  const refusal = refusalOf(fixture('user-encrypted-password'))

  assert.equal(refusal.code, 'not_understood')
  assert.equal(refusal.at, '/user/credentials/password/value')
  assert.match(refusal.hint ?? '', /clearValue/)
  assert.doesNotMatch(refusal.message + refusal.hint, /Zml4dHVyZS/)
  assert.match(
    refusalOf(user({ credentials: { password: { value: { hashedData: { digestValue: 'x' } } } } })).message,
    /hashedData/,
  )
})

test('other protected strings are left out and named by path: security questions, extension items, whatever is named a password', () => {
  const change = readOne(
    user({
      credentials: { securityQuestions: { questionAnswer: [{ id: '1', questionAnswer: { clearValue: 'Rosebud' } }] } },
      extension: {
        door: { clearValue: 'Rosebud' },
        old: { '@type': 't:ProtectedStringType', '@value': 'Rosebud' },
        pin: 'Rosebud',
        box: { safe: { clearValue: 'Rosebud' } },
      },
    }),
  )

  assert.doesNotMatch(JSON.stringify(change), /Rosebud/)
  assert.deepEqual(change.ignored, [
    '/user/credentials/securityQuestions',
    '/user/extension/door',
    '/user/extension/old',
    '/user/extension/pin',
    '/user/extension/box/safe',
  ])
})

test('an assignment that is not in force grants nothing', () => {
  const target = (oid: string) => ({ targetRef: { oid, type: 'RoleType' } })
  const assignment = [
    target('r-1'),
    { ...target('r-2'), activation: { administrativeStatus: 'disabled' } },
    { ...target('r-3'), activation: { effectiveStatus: 'disabled', validTo: '2020-01-01T00:00:00Z' } },
    { ...target('r-4'), lifecycleState: 'draft' },
    { policyRule: { name: 'x' } },
  ]

  assert.deepEqual(attributesOf(user({ assignment }))['assignment'], ['r-1'])
})

test('relations other than the default one are kept apart: an approver is no member', () => {
  const assignment = [
    'default',
    'org:default',
    'org:approver',
    'http://midpoint.evolveum.com/xml/ns/public/common/org-3#owner',
  ].map((relation, index) => ({
    targetRef: { oid: `r-${index}`, relation },
  }))

  const found = attributesOf(user({ assignment }))

  assert.deepEqual(found['assignment'], ['r-0', 'r-1'])
  assert.deepEqual([found['assignment.approver'], found['assignment.owner']], [['r-2'], ['r-3']])
})

test('an extension item gives way where a user has an item of that name', () => {
  const found = attributesOf(
    user({ extension: { title: 'Dr', ship: 'Aurore', department: 'b' }, title: 'Analyst', department: 'a' }),
  )

  assert.deepEqual([found['title'], found['extension.title'], found['ship']], [['Analyst'], ['Dr'], ['Aurore']])
  assert.deepEqual([found['department'], found['extension.department']], [['a'], ['b']])
})

test('containers are laid flat by dots', () => {
  const found = attributesOf(user({ extension: { address: { '@id': 1, street: 'Rue Haute', geo: { lat: 48.1 } } } }))

  assert.deepEqual([found['address.street'], found['address.geo.lat']], [['Rue Haute'], [48.1]])
})

test('references become oids, empty texts and nulls are no values', () => {
  const found = attributesOf(
    user({ extension: { mentor: { oid: 'u-2', type: 'c:UserType', relation: 'org:default' } }, locality: '', title: null }),
  )

  assert.deepEqual(found, { name: ['zmueller'], mentor: ['u-2'] })
})

test('an item that midPoint marks as incomplete keeps the values that are known', () => {
  const change = readOne(user({ jpegPhoto: { '@incomplete': true }, assignment: [{ '@incomplete': 'true' }] }))

  const after = applyDeltas(
    { jpegPhoto: ['AAAA'], assignment: ['r-1'], 'assignment.owner': ['r-2'], construction: ['c-1'], title: ['old'] },
    change,
  )

  assert.deepEqual(after, {
    jpegPhoto: ['AAAA'],
    assignment: ['r-1'],
    'assignment.owner': ['r-2'],
    construction: ['c-1'],
    name: ['zmueller'],
  })
})

test('an object that forgets its name is refused, for what it does not name would be cleared', () => {
  assert.equal(refusalOf({ user: { oid: 'o-1' } }).at, '/user')
  assert.equal(refusalOf({ shadow: { oid: 'o-1', name: 'x', attributes: {} } }).at, '/shadow')
})

test('a shadow gives the attributes of its account and none of its bookkeeping', () => {
  const change = readOne({
    shadow: {
      oid: 's-1',
      name: 'uid=rkhan,ou=people',
      kind: 'account',
      objectClass: 'ri:AccountObjectClass',
      iteration: 0,
      attributes: { '@type': 'c:ShadowAttributesType', 'ri:uid': 'rkhan', 'icfs:name': 'uid=rkhan,ou=people' },
      activation: { administrativeStatus: 'enabled' },
    },
  })

  assert.equal(change.externalId, 's-1')
  assert.equal(change.displayName, 'uid=rkhan,ou=people')
  assert.deepEqual(applyDeltas({}, change), { uid: ['rkhan'], name: ['uid=rkhan,ou=people'], administrativeStatus: ['enabled'] })
})

test('a dead shadow neither creates nor deletes', () => {
  const shadow = { oid: 's-1', dead: true, attributes: { uid: 'rkhan' } }

  assert.equal(refusalOf({ shadow }).at, '/shadow/dead')
})

test('roles, orgs, groups and tasks get no account; a source may say otherwise', () => {
  for (const type of ['role', 'org', 'task'])
    assert.match(refusalOf({ [type]: { oid: 'o-9', name: 'Clerks' } }).message, /gets no account/)
  assert.match(refusalOf({ shadow: { oid: 's-9', kind: 'entitlement', attributes: { name: 'g' } } }).message, /entitlement/)
  assert.match(
    refusalOf({ shadow: { oid: 's-9', objectClass: 'ri:GroupObjectClass', attributes: { name: 'g' } } }).message,
    /group/,
  )
  assert.equal(readOne({ org: { oid: 'o-9', name: 'Clerks' } }, { objectTypes: ['org'] }).objectType, 'org')
})

test('a list, an object list and several users under one key give one change each, in order', () => {
  const ids = (payload: unknown) => midpoint.read(payload, {}).map(({ externalId }) => externalId)
  const two = [
    { '@type': 'UserType', name: 'a' },
    { '@type': 'c:UserType', name: 'b' },
  ]

  assert.deepEqual(ids(fixture('users-list')), [
    '7d1f0c52-3f0a-4c1e-9f63-2b8a5a0e2001',
    'bnguyen',
    '7d1f0c52-3f0a-4c1e-9f63-2b8a5a0e2003',
  ])
  assert.deepEqual(ids({ object: { '@type': 'ObjectListType', object: two } }), ['a', 'b'])
  assert.deepEqual(ids({ user: [{ name: 'a' }, { name: 'b' }] }), ['a', 'b'])
  assert.deepEqual(ids({ objects: { user: [{ name: 'a' }] } }), ['a'])
})

test('bare attributes of a user are read; a lone name could be anything and is refused', () => {
  assert.equal(readOne({ name: 'rkhan', fullName: 'Rania Khan' }).externalId, 'rkhan')
  assert.equal(refusalOf({ name: 'rkhan' }).code, 'not_understood')
})

test('the identity of the call counts where the payload names none, and must agree where it does', () => {
  assert.equal(readOne({ user: { name: 'zmueller' } }, { externalId: 'zmueller' }).externalId, 'zmueller')
  assert.equal(readOne(user({}), { externalId: 'O-1' }).externalId, 'o-1')
  assert.match(refusalOf(user({}), { externalId: 'o-2' }).message, /another identity/)
})

test('messages of others are refused, whatever they look like', () => {
  const foreign = [
    fixture('foreign-event'),
    {},
    [],
    'x',
    null,
    7,
    { user: 'x' },
    { object: { name: 'a' } },
    { object: { '@type': 'x:CarType', name: 'a' } },
    { a: 1, user: { name: 'a' } },
  ]

  for (const payload of foreign) {
    if (Array.isArray(payload)) assert.deepEqual(midpoint.read(payload, {}), [])
    else assert.equal(refusalOf(payload).code, 'not_understood')
  }
})

test('two spellings of one name with different values are refused', () => {
  assert.equal(refusalOf(user({ 'c:title': 'a', title: 'b' })).at, '/user/title')
})

test('inherited names, deep nesting, long lists and inexact numbers are refused at their place', () => {
  let deep: unknown = 'x'
  for (let level = 0; level < 25; level++) deep = { deep }

  assert.equal(refusalOf(JSON.parse('{"user": {"name": "a", "__proto__": {"x": 1}}}')).at, '/user/__proto__')
  assert.equal(refusalOf(user({ 'ri:constructor': 1 })).at, '/user/ri:constructor')
  assert.match(refusalOf(user({ extension: deep })).message, /deeper than 20/)
  assert.match(refusalOf(user({ organization: Array.from({ length: 1001 }, String) })).message, /1000/)
  assert.equal(refusalOf(user({ employeeNumber: 2 ** 60 })).at, '/user/employeeNumber')
  assert.equal(refusalOf(user({ title: 'a\0b' })).at, '/user/title')
})
