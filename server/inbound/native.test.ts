import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toJsonSchema } from '@valibot/to-json-schema'
import { GatewayError } from '#core/errors.ts'
import { NewRequest, readNative } from './native.ts'

function refusalOf(body: unknown): GatewayError {
  try {
    readNative(body)
  } catch (error) {
    if (error instanceof GatewayError) return error
    throw error
  }
  return assert.fail('it was read')
}

test('a creation states the whole identity; one value and a list are the same', () => {
  const change = readNative({
    kind: 'create',
    externalId: 'E-1',
    secrets: { password: 'Fixture-Passw0rd-4' },
    attributes: { givenName: 'Zoé', familyName: ['Müller'], mail: ['a@x', 'b@x', 'a@x'], floor: 3, phone: null, fax: '' },
  })

  assert.deepEqual(change, {
    kind: 'create',
    objectType: 'identity',
    externalId: 'E-1',
    displayName: 'Zoé Müller',
    mode: 'whole',
    keep: [],
    ignored: [],
    secrets: { password: 'Fixture-Passw0rd-4' },
    attributes: [
      { name: 'givenName', op: 'replace', values: ['Zoé'] },
      { name: 'familyName', op: 'replace', values: ['Müller'] },
      { name: 'mail', op: 'replace', values: ['a@x', 'b@x'] },
      { name: 'floor', op: 'replace', values: [3] },
    ],
  })
})

test('an update is partial: null and [] clear, deltas add and remove', () => {
  const change = readNative({
    kind: 'update',
    externalId: 'E-1',
    attributes: { phone: null, fax: [] },
    deltas: [{ name: 'mail', op: 'add', values: ['c@x'] }],
  })

  assert.equal(change.mode, 'partial')
  assert.deepEqual(change.attributes, [
    { name: 'phone', op: 'replace', values: [] },
    { name: 'fax', op: 'replace', values: [] },
    { name: 'mail', op: 'add', values: ['c@x'] },
  ])
})

test('a password under attributes or deltas is refused, and told where it belongs', () => {
  const among = refusalOf({ kind: 'create', externalId: 'E-1', attributes: { name: 'z', motDePasse: 'Fixture-Passw0rd-5' } })
  const delta = refusalOf({
    kind: 'update',
    externalId: 'E-1',
    deltas: [{ name: 'userPassword', op: 'replace', values: ['Fixture-Passw0rd-5'] }],
  })

  assert.deepEqual([among.code, among.at, delta.at], ['unprocessable', '/attributes/motDePasse', '/deltas/0/name'])
  assert.match(among.hint ?? '', /secrets/)
  assert.doesNotMatch(`${among.message}${among.hint}${delta.message}${delta.hint}`, /Passw0rd/)
})

test('a misspelt name or kind is answered with the one that was meant', () => {
  const key = refusalOf({ kind: 'create', externalID: 'E-1', attributes: { a: 1 } })
  const inner = refusalOf({ kind: 'update', externalId: 'E-1', deltas: [{ nmae: 'a', op: 'add', values: [1] }] })
  const kind = refusalOf({ kind: 'disabel', externalId: 'E-1' })

  assert.deepEqual([key.at, key.hint], ['/externalID', 'did you mean externalId?'])
  assert.deepEqual([inner.at, inner.hint], ['/deltas/0/nmae', 'did you mean name?'])
  assert.deepEqual([kind.at, kind.hint], ['/kind', 'did you mean disable?'])
})

test('refusals point at the place and never quote the value', () => {
  const cases: readonly (readonly [unknown, string])[] = [
    [null, ''],
    [[], '/kind'],
    [{ kind: 'create', attributes: { a: 1 } }, '/externalId'],
    [{ kind: 'create', externalId: '  ', attributes: { a: 1 } }, '/externalId'],
    [{ kind: 'create', externalId: 'a\u0007b', attributes: { a: 1 } }, '/externalId'],
    [{ kind: 'create', externalId: 'E', attributes: { 'a/b': { private: 'Rosebud' } } }, '/attributes/a~1b'],
    [{ kind: 'create', externalId: 'E', attributes: { a: [['Rosebud']] } }, '/attributes/a'],
    [{ kind: 'create', externalId: 'E', attributes: { a: 'Rosebud'.repeat(10_000) } }, '/attributes/a'],
    [{ kind: 'create', externalId: 'E', attributes: { valueOf: 'Rosebud' } }, '/attributes/valueOf'],
    [{ kind: 'update', externalId: 'E', deltas: [{ name: 'a', op: 'set', values: ['Rosebud'] }] }, '/deltas/0/op'],
    [{ kind: 'update', externalId: 'E', deltas: [{ name: 'a', op: 'remove', values: [] }] }, '/deltas/0/values'],
    [
      { kind: 'update', externalId: 'E', attributes: { a: 1 }, deltas: [{ name: 'a', op: 'add', values: ['Rosebud'] }] },
      '/deltas/0/name',
    ],
  ]

  for (const [body, at] of cases) {
    const refusal = refusalOf(body)

    assert.equal(refusal.code, 'unprocessable')
    assert.equal(refusal.at, at)
    assert.doesNotMatch(`${refusal.message}${refusal.hint ?? ''}`, /Rosebud/)
  }
})

test('a body that would clear a whole identity by what it forgot is refused', () => {
  assert.equal(refusalOf({ kind: 'create', externalId: 'E' }).at, '/attributes')
  assert.equal(refusalOf({ kind: 'create', externalId: 'E', attributes: { a: null } }).at, '/attributes')
  assert.equal(refusalOf({ kind: 'update', externalId: 'E', mode: 'whole', attributes: {} }).at, '/attributes')
})

test('what does not belong to its kind is refused, not dropped', () => {
  assert.equal(refusalOf({ kind: 'delete', externalId: 'E', attributes: { a: 1 } }).at, '/attributes')
  assert.equal(refusalOf({ kind: 'delete', externalId: 'E', secrets: { password: 'x' } }).at, '/secrets')
  assert.equal(refusalOf({ kind: 'password', externalId: 'E' }).at, '/secrets')
  assert.equal(
    refusalOf({ kind: 'password', externalId: 'E', secrets: { password: 'x' }, attributes: { a: 1 } }).at,
    '/attributes',
  )
  assert.equal(refusalOf({ kind: 'update', externalId: 'E' }).at, '')
  assert.equal(refusalOf({ kind: 'create', externalId: 'E', attributes: { a: 1 }, deltas: [] }).at, '/deltas')
})

test('disabling, enabling and deleting need nothing but the id', () => {
  for (const kind of ['disable', 'enable', 'delete']) assert.deepEqual(readNative({ kind, externalId: 'E' }).attributes, [])
})

test('an id of a quarter of a million characters is refused at once', () => {
  const start = performance.now()

  const refusal = refusalOf({
    kind: 'create',
    externalId: 'a'.repeat(250_000) + '\u0000',
    attributes: { ['n'.repeat(250_000) + '\u0000']: 1 },
  })

  assert.equal(refusal.at, '/externalId')
  assert.ok(performance.now() - start < 500)
})

test('the schema becomes a JSON Schema whose fields are described', () => {
  const schema = toJsonSchema(NewRequest)

  const fields = Object.values(schema.properties ?? {}) as { readonly description?: string }[]
  assert.equal(fields.length, 7)
  assert.ok(fields.every(({ description }) => description !== undefined))
})
