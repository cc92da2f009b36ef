import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { GatewayError } from '#core/errors.ts'
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

function refusalOf(payload: unknown, context: ReadContext = {}): GatewayError {
  try {
    midpoint.read(payload, context)
  } catch (error) {
    if (error instanceof GatewayError) return error
    throw error
  }
  return assert.fail('it was read')
}

const modify = (changes: object) => ({ operation: 'modify', primaryIdentifiers: { login: ['rkhan'] }, changes })

test('an added account states everything; its login identifies it, its password is a secret', () => {
  const change = readOne(fixture('simplified-add'))

  assert.deepEqual([change.kind, change.mode, change.externalId, change.displayName], ['create', 'whole', 'rkhan', 'Rania Khan'])
  assert.deepEqual(change.secrets, { password: 'Fixture-Passw0rd-3' })
  assert.deepEqual(applyDeltas({}, change), { login: ['rkhan'], fullName: ['Rania Khan'], group: ['staff', 'treasury'] })
})

test('a modification with qualified names removes before it adds, and an empty replace clears', () => {
  const change = readOne(fixture('simplified-modify'))

  assert.deepEqual([change.kind, change.mode, change.externalId], ['update', 'partial', 'rkhan'])
  assert.deepEqual(change.attributes, [
    { name: 'fullName', op: 'replace', values: ['Rania Khan-Diallo'] },
    { name: 'group', op: 'remove', values: ['staff'] },
    { name: 'group', op: 'add', values: ['audit'] },
    { name: 'phone', op: 'replace', values: [] },
  ])
})

test('a deletion is one only where the operation says so', () => {
  const change = readOne(fixture('simplified-delete'))

  assert.deepEqual([change.kind, change.externalId, change.attributes], ['delete', 'rkhan', []])
  assert.equal(refusalOf({ operation: 'remove', primaryIdentifiers: { login: 'rkhan' } }).code, 'not_understood')
  assert.equal(refusalOf({ operation: 'delete', attributes: {}, primaryIdentifiers: {} }).code, 'not_understood')
})

test('attributes of a modification replace what they name; beside changes they tell only what was before', () => {
  const attributes = { fullName: ['Old Name'], login: ['rkhan'] }

  const replaced = readOne({
    operation: 'modify',
    primaryIdentifiers: { login: ['rkhan'] },
    attributes: { fullName: ['New Name'] },
  })
  const changed = readOne({ ...modify({ fullName: { replace: ['New Name'] } }), attributes })

  assert.deepEqual(replaced.attributes, [{ name: 'fullName', op: 'replace', values: ['New Name'] }])
  assert.deepEqual(changed.attributes, replaced.attributes)
})

test('null lists of a change are no lists, and a change of nothing asks for nothing', () => {
  assert.deepEqual(readOne(modify({ group: { add: ['a'], delete: null, replace: null } })).attributes, [
    { name: 'group', op: 'add', values: ['a'] },
  ])
  assert.deepEqual(midpoint.read(modify({}), {}), [])
  assert.deepEqual(midpoint.read(modify({ group: { add: null, delete: null, replace: null } }), {}), [])
})

test('enabling, disabling and passwords come under the names that ConnId and Java give them', () => {
  const value = { encryptedDataType: { cipherData: {} }, clearValue: null }

  assert.equal(readOne(modify({ administrativeStatus: { replace: ['DISABLED'] } })).kind, 'disable')
  assert.equal(readOne(modify({ __ENABLE__: { replace: [true] } })).kind, 'enable')
  assert.deepEqual(readOne(modify({ __PASSWORD__: { replace: ['Fixture-Passw0rd-8'] } })).secrets, {
    password: 'Fixture-Passw0rd-8',
  })
  assert.equal(readOne(modify({ userPassword: { replace: [{ clearValue: 'Fixture-Passw0rd-8' }] } })).kind, 'password')
  assert.match(refusalOf(modify({ value: { replace: [value] } })).message, /encryptedDataType/)
})

test('identifiers are chosen by what they are, not by their order; a source may choose otherwise', () => {
  const one = {
    operation: 'delete',
    primaryIdentifiers: { mail: ['r@corp.example'], uid: ['u-1'] },
    secondaryIdentifiers: { login: ['rkhan'] },
  }
  const other = { ...one, primaryIdentifiers: { uid: 'u-1', mail: 'r@corp.example' } }

  assert.equal(readOne(one).externalId, 'u-1')
  assert.equal(readOne(other).externalId, 'u-1')
  assert.equal(readOne(one, { identifiers: ['mail'] }).externalId, 'r@corp.example')
  assert.equal(
    readOne({ operation: 'add', attributes: { staffNo: 'S-1', login: 'rkhan' } }, { identifiers: ['staffNo'] }).externalId,
    'S-1',
  )
})

test('groups get no account', () => {
  assert.match(
    refusalOf({ operation: 'add', objectClass: 'ri:GroupObjectClass', attributes: { name: ['staff'] } }).message,
    /gets no account/,
  )
})

test('an unknown item or list is refused, for overlooking it could change the meaning', () => {
  assert.equal(refusalOf({ ...modify({}), atributes: {} }).at, '/atributes')
  assert.equal(refusalOf(modify({ group: { remove: ['a'] } })).at, '/changes/group/remove')
})

test('the full form adds by its shadow, modifies by deltas, deletes by identification', () => {
  const shadowRef = {
    oid: 's-1',
    type: 'c:ShadowType',
    object: { '@type': 'c:ShadowType', name: 'rkhan', attributes: { 'ri:login': 'rkhan' } },
  }
  const modified = readOne(fixture('full-modify'))
  const added = readOne({ asyncProvisioningAddOperationRequested: { shadowRef } })
  const typed = readOne({
    asyncProvisioningOperationRequested: {
      '@type': 'c:AsyncProvisioningDeleteOperationRequestedType',
      shadowRef: { oid: 's-1' },
    },
  })

  assert.deepEqual([modified.kind, modified.externalId], ['update', 'rkhan'])
  assert.deepEqual(modified.attributes, [{ name: 'fullName', op: 'replace', values: ['Rania K. Diallo'] }])
  assert.deepEqual([added.kind, added.externalId, applyDeltas({}, added)], ['create', 's-1', { login: ['rkhan'] }])
  assert.deepEqual([typed.kind, typed.externalId], ['delete', 's-1'])
  assert.equal(refusalOf({ asyncProvisioningOperationRequested: { shadowRef } }).code, 'not_understood')
})
