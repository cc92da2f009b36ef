import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { GatewayError } from '#core/errors.ts'
import type { AttributeDelta, IncomingChange, ReadContext } from '../adapter.ts'
import { midpoint } from './index.ts'

const zoe: ReadContext = { externalId: '7d1f0c52-3f0a-4c1e-9f63-2b8a5a0e1001' }

function fixture(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`../../../tests/fixtures/midpoint/${name}.json`, import.meta.url), 'utf8'))
}

function readOne(payload: unknown, context: ReadContext = {}): IncomingChange {
  const [change, ...others] = midpoint.read(payload, context)
  assert.ok(change !== undefined && others.length === 0)
  return change
}

function refusalOf(payload: unknown, context: ReadContext = zoe): GatewayError {
  try {
    midpoint.read(payload, context)
  } catch (error) {
    if (error instanceof GatewayError) return error
    throw error
  }
  return assert.fail('it was read')
}

interface Delta {
  readonly modificationType: string
  readonly path: unknown
  readonly value?: unknown
}

const modification = (...itemDelta: readonly Delta[]) => ({ objectModification: { itemDelta } })
const replace = (path: string, ...value: readonly unknown[]): Delta => ({
  modificationType: 'replace',
  path,
  ...(value.length === 0 ? {} : { value }),
})
const add = (path: string, ...value: readonly unknown[]): Delta => ({ modificationType: 'add', path, value })
const remove = (path: string, ...value: readonly unknown[]): Delta => ({ modificationType: 'delete', path, value })

const kindOf = (...deltas: readonly Delta[]) => readOne(modification(...deltas), zoe).kind
const deltasOf = (...deltas: readonly Delta[]): readonly AttributeDelta[] => readOne(modification(...deltas), zoe).attributes

test('an objectModification disables the identity that the call names', () => {
  const change = readOne(fixture('modification-disable'), zoe)

  assert.equal(change.kind, 'disable')
  assert.equal(change.mode, 'partial')
  assert.equal(change.externalId, zoe.externalId)
  assert.deepEqual(change.attributes, [{ name: 'administrativeStatus', op: 'replace', values: ['disabled'] }])
})

test('an objectModification that nobody is named for is refused, with the way out', () => {
  const refusal = refusalOf(fixture('modification-disable'), {})

  assert.equal(refusal.code, 'not_understood')
  assert.match(refusal.hint ?? '', /\?oid=/)
})

test('an empty modification asks for nothing, and so does one of bookkeeping only', () => {
  assert.deepEqual(midpoint.read(fixture('modification-empty'), {}), [])
  assert.deepEqual(
    midpoint.read(modification(replace('metadata/modifyTimestamp', 'x'), add('c:operationExecution', { status: 'success' })), {}),
    [],
  )
})

test('assignments are added and deleted whole, by the oid they point at', () => {
  assert.deepEqual(readOne(fixture('modification-assign')).attributes, [
    { name: 'assignment', op: 'add', values: ['5b6c0000-0000-4000-8000-00000000dddd'] },
    { name: 'assignment', op: 'remove', values: ['5b6c0000-0000-4000-8000-00000000aaaa'] },
  ])
})

test('replacing all assignments clears those of other relations too', () => {
  const deltas = deltasOf(replace('assignment', { targetRef: { oid: 'r-1' } }))

  assert.deepEqual(deltas.find(({ name }) => name === 'assignment')?.values, ['r-1'])
  assert.deepEqual(deltas.find(({ name }) => name === 'assignment.manager')?.values, [])
  assert.deepEqual(deltas.find(({ name }) => name === 'construction')?.values, [])
})

test('an assignment named only by its number is refused: which role it is, midPoint alone knows', () => {
  assert.match(refusalOf(modification(remove('assignment', { '@id': 5 }))).message, /only by its id/)
  assert.match(refusalOf(modification(remove('assignment', { id: 5 }))).message, /only by its id/)
})

test('disabling one assignment does not disable the person', () => {
  assert.match(
    refusalOf(modification(replace('assignment[1]/activation/administrativeStatus', 'disabled'))).message,
    /inside one assignment/,
  )
  assert.deepEqual(midpoint.read(modification(replace('assignment[1]/metadata/modifyTimestamp', 'x')), {}), [])
})

test('access decides the kind of a change, whatever else it holds', () => {
  const status = (value: string) => replace('activation/administrativeStatus', value)

  assert.equal(kindOf(status('enabled')), 'enable')
  assert.equal(kindOf(status('archived')), 'disable')
  assert.equal(kindOf(replace('title', 'x'), status('disabled')), 'disable')
  assert.equal(kindOf(replace('title', 'x'), status('enabled')), 'enable')
  assert.equal(kindOf(replace('activation/effectiveStatus', 'disabled')), 'disable')
  assert.equal(kindOf(status('disabled'), status('enabled')), 'enable')
  assert.equal(kindOf(replace('activation', { administrativeStatus: 'disabled' })), 'disable')
})

test('taking a status away neither enables nor disables', () => {
  assert.equal(kindOf(replace('activation/administrativeStatus')), 'update')
  assert.equal(kindOf(remove('activation/administrativeStatus', 'disabled')), 'update')
  assert.equal(kindOf(replace('activation/validTo', '2031-12-31T00:00:00Z')), 'update')
  assert.equal(readOne(fixture('modification-enable')).kind, 'enable')
})

test('a password alone is a password change, in clear or wrapped, by any path', () => {
  const password = 'Fixture-Passw0rd-6'
  const ways = [
    replace('credentials/password/value', password),
    replace('c:credentials/c:password/c:value', { clearValue: password }),
    add('credentials/password', { value: { 't:clearValue': password } }),
    replace('credentials', { password: { value: { clearValue: password }, metadata: { x: 1 } } }),
    replace(
      "declare namespace c='http://midpoint.evolveum.com/xml/ns/public/common/common-3'; c:credentials/c:password/c:value",
      password,
    ),
  ]

  for (const way of ways) {
    const { kind, secrets, attributes } = readOne(modification(way), zoe)

    assert.deepEqual({ kind, secrets, attributes }, { kind: 'password', secrets: { password }, attributes: [] })
  }
  assert.equal(kindOf(replace('credentials/password/value', password), replace('title', 'x')), 'update')
})

test('deleting the old password beside adding a new one is one password change; deleting it alone is refused', () => {
  const old = remove('credentials/password/value', { clearValue: 'Rosebud' })

  const { kind, secrets, ...rest } = readOne(modification(add('credentials/password/value', 'Fixture-Passw0rd-7'), old), zoe)

  assert.equal(kind, 'password')
  assert.deepEqual(secrets, { password: 'Fixture-Passw0rd-7' })
  assert.doesNotMatch(JSON.stringify(rest), /Rosebud/)
  assert.match(refusalOf(modification(old)).message, /takes the password away/)
  assert.match(refusalOf(modification(replace('credentials/password/value'))).message, /takes the password away/)
})

test('an encrypted password in a delta is refused', () => {
  assert.match(
    refusalOf(modification(replace('credentials/password/value', { encryptedData: { cipherData: {} } }))).message,
    /encryptedData/,
  )
})

test('an objectDelta adds a user, modifies items, deletes', () => {
  const added = readOne(fixture('delta-add'))
  const modified = readOne(fixture('delta-modify'))
  const deleted = readOne(fixture('delta-delete'))

  assert.deepEqual(
    [added.kind, added.mode, added.externalId, added.displayName],
    ['create', 'whole', '7d1f0c52-3f0a-4c1e-9f63-2b8a5a0e1003', 'Rania Khan'],
  )
  assert.deepEqual(modified.attributes, [
    { name: 'familyName', op: 'replace', values: ['Müller-Roche'] },
    { name: 'organizationalUnit', op: 'add', values: ['Risques'] },
    { name: 'organizationalUnit', op: 'remove', values: ['Audit'] },
    { name: 'badge', op: 'replace', values: [] },
  ])
  assert.deepEqual(modified.ignored.length, 1)
  assert.deepEqual(
    [deleted.kind, deleted.mode, deleted.externalId, deleted.attributes],
    ['delete', 'partial', '7d1f0c52-3f0a-4c1e-9f63-2b8a5a0e1001', []],
  )
})

test('a delta that does not say one thing is refused, above all when it could be a deletion', () => {
  const objectDelta = (items: object) => ({ objectDelta: { oid: 'o-1', objectType: 'UserType', ...items } })
  const bodies = [
    objectDelta({}),
    objectDelta({ changeType: 'remove' }),
    objectDelta({ changeType: 'delete', itemDelta: [replace('title', 'x')] }),
    objectDelta({ changeType: 'delete', objectToAdd: { name: 'a' } }),
    objectDelta({ changeType: 'add' }),
    objectDelta({ changeType: 'add', objectToAdd: { name: 'a' }, itemDelta: [replace('title', 'x')] }),
    objectDelta({ changeType: 'modify', items: [] }),
  ]

  for (const body of bodies.slice(0, -1)) assert.match(refusalOf(body, {}).message, /does not say one thing/)
  assert.equal(refusalOf(bodies.at(-1), {}).at, '/objectDelta/items')
})

test('an item delta that says too little is refused instead of clearing', () => {
  const bad = [
    { modificationType: 'replace', path: 'title', values: ['x'] },
    { modificationType: 'replace', value: 'x' },
    { path: 'title', value: 'x' },
    { modificationType: 'clear', path: 'title' },
    { modificationType: 'delete', path: 'title' },
    { modificationType: 'replace', path: '$focus/title', value: 'x' },
    { modificationType: 'replace', path: '../title', value: 'x' },
    { modificationType: 'replace', path: 'extension', value: { ship: 'x' } },
    { modificationType: 'replace', path: 'extension/address', value: { street: 'x' } },
    { modificationType: 'replace', path: 'extension/address[2]/street', value: 'x' },
    { modificationType: 'add', path: 'title', value: ['x', 'y'] },
    { modificationType: 'replace', path: 'title', value: { '@incomplete': true } },
    { modificationType: 'replace', path: 'toString', value: 'x' },
  ] as readonly Delta[]

  for (const delta of bad) assert.equal(refusalOf(modification(delta)).code, 'not_understood', JSON.stringify(delta))
})

test('adding to an item that holds one value replaces it, adding to others adds', () => {
  assert.deepEqual(deltasOf(add('description', 'new'), add('organization', 'Org1')), [
    { name: 'description', op: 'replace', values: ['new'] },
    { name: 'organization', op: 'add', values: ['Org1'] },
  ])
})

test('a path and the same item in a whole object end under one name', () => {
  for (const [path, name] of [
    ['extension/ship', 'ship'],
    ['extension/title', 'extension.title'],
    ['extension/address/street', 'address.street'],
    ['activation/validTo', 'validTo'],
    ['http://corp.example/hr#badge', 'badge'],
    ['/c:extension/hr:badge', 'badge'],
  ] as const)
    assert.deepEqual(deltasOf(replace(path, 'x')), [{ name, op: 'replace', values: ['x'] }])
})

test('a protected string of an extension is not stored by a delta either', () => {
  assert.deepEqual(
    midpoint.read(modification(replace('extension/pin', 'Rosebud'), replace('extension/door', { clearValue: 'Rosebud' })), zoe),
    [],
  )
})

test('a change description names the account by its shadow, a ucfChange by its identifiers', () => {
  const described = readOne(fixture('shadow-password'))
  const ucf = readOne(fixture('ucf-change'))

  assert.deepEqual(
    [described.kind, described.externalId, described.objectType],
    ['password', '9a9a0000-0000-4000-8000-000000000001', 'shadow'],
  )
  assert.deepEqual([ucf.kind, ucf.externalId], ['update', 'u-4711'])
  assert.deepEqual(ucf.attributes, [{ name: 'group', op: 'add', values: ['grp:treasury'] }])
})

test('entitlements of an account alone are a membership change', () => {
  const shadow = {
    objectDelta: {
      changeType: 'modify',
      objectType: 'ShadowType',
      oid: 's-1',
      itemDelta: add('association', { name: 'ri:group', shadowRef: { oid: 'g-1' } }),
    },
  }

  const change = readOne(shadow)

  assert.equal(change.kind, 'membership')
  assert.deepEqual(change.attributes, [{ name: 'association', op: 'add', values: ['g-1'] }])
})
