import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { isGatewayError } from '#core/errors.ts'
import { applyDeltas, type IncomingChange } from '../adapter.ts'
import { midpoint } from './index.ts'

/** A user's items with plain names, each value in a list: the form from which the others are made. */
const text = fc.string({ minLength: 1, maxLength: 6, unit: 'grapheme' }).filter((value) => !value.includes('\0'))
const scalar = fc.oneof(text, fc.integer(), fc.boolean())
const target = fc.record({
  targetRef: fc.tuple(
    fc.record({ oid: fc.uuid(), relation: fc.constantFrom('default', 'manager').map((relation) => [relation]) }),
  ),
})
const items = fc.record(
  {
    fullName: fc.tuple(text),
    givenName: fc.tuple(text),
    organization: fc.uniqueArray(scalar, { maxLength: 3 }),
    assignment: fc.array(target, { maxLength: 3 }),
    extension: fc.tuple(
      fc.dictionary(fc.constantFrom('ship', 'title', 'badge', 'rank'), fc.uniqueArray(scalar, { maxLength: 3 })),
    ),
    activation: fc.tuple(
      fc.record({ administrativeStatus: fc.constantFrom('enabled', 'disabled', 'archived').map((status) => [status]) }),
    ),
    credentials: fc.tuple(
      fc.record({ password: fc.tuple(fc.record({ value: fc.tuple(fc.record({ clearValue: fc.tuple(text) })) })) }),
    ),
  },
  { requiredKeys: [] },
)
const user = items.map((found) => ({ user: { oid: 'o-1', name: ['zmueller'], ...found } }))

type Json = unknown

/** Walks a payload and rewrites each list and each object. */
function rewrite(
  value: Json,
  list: (entries: readonly Json[]) => Json,
  record: (entries: [string, Json][]) => [string, Json][],
): Json {
  if (Array.isArray(value)) return list(value.map((entry) => rewrite(entry, list, record)))
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).map(([key, entry]): [string, Json] => [key, rewrite(entry, list, record)])
  return Object.fromEntries(record(entries))
}

const same = <T>(value: T): T => value
const read = (payload: Json): readonly IncomingChange[] => midpoint.read(payload, {})

/** What a change means, without where its parts stood. */
function meaning(changes: readonly IncomingChange[]) {
  return changes.map((change) => ({
    ...change,
    ignored: null,
    attributes: Object.entries(applyDeltas({}, change)).toSorted(([left], [right]) => (left < right ? -1 : 1)),
  }))
}

test('one value and a list of one are the same change, wherever they stand', () => {
  fc.assert(
    fc.property(user, (payload) => {
      const single = rewrite(payload, (entries) => (entries.length === 1 ? entries[0] : entries), same)

      assert.deepEqual(meaning(read(single)), meaning(read(payload)))
    }),
  )
})

test('prefixes, namespace URIs and wrapped values change nothing', () => {
  const spellings = [
    (key: string) => `c:${key}`,
    (key: string) => `http://corp.example/ns#${key}`,
    (key: string) => `{http://corp.example/ns}${key}`,
  ]

  fc.assert(
    fc.property(user, fc.constantFrom(...spellings), (payload, spell) => {
      const spelled = rewrite(
        payload,
        (entries) => entries.map(wrap),
        (entries) => [['@ns', 'http://corp.example/ns'], ...entries.map(([key, value]): [string, Json] => [spell(key), value])],
      )

      assert.deepEqual(meaning(read(spelled)), meaning(read(payload)))
    }),
  )
})

function wrap(value: Json): Json {
  return typeof value === 'object' ? value : { '@type': 'xsd:string', '@value': value }
}

test('the order of keys changes nothing', () => {
  fc.assert(
    fc.property(user, (payload) => {
      const reversed = rewrite(payload, same, (entries) => entries.toReversed())

      assert.deepEqual(meaning(read(reversed)), meaning(read(payload)))
    }),
  )
})

test('a delta of a plain path and of a prefixed one are the same change', () => {
  const paths = fc.constantFrom('title', 'extension/ship', 'activation/validTo', 'credentials/password/value', 'organization')
  const prefixed = (path: string) =>
    path
      .split('/')
      .map((step) => `c:${step}`)
      .join('/')
  const modification = (path: string, value: Json) => ({
    objectModification: { oid: 'o-1', itemDelta: { modificationType: 'replace', path, value } },
  })

  fc.assert(
    fc.property(paths, text, (path, value) =>
      assert.deepEqual(read(modification(prefixed(path), [value])), read(modification(path, value))),
    ),
  )
})

test('the clear password never leaves the secrets', () => {
  fc.assert(
    fc.property(user, (payload) => {
      const marked = { user: { ...payload.user, credentials: { password: { value: { clearValue: 'Fixture-Passw0rd-X' } } } } }
      const text = JSON.stringify(read(marked).map((change) => ({ ...change, secrets: {} })))

      assert.equal(text.includes('Passw0rd-X'), false)
    }),
  )
})

test('whatever is sent, the answer is changes or a refusal with its place, and no delete unless one is asked for', () => {
  const keys = fc.constantFrom(
    'user',
    'object',
    '@type',
    '@value',
    'name',
    'oid',
    'objectDelta',
    'changeType',
    'itemDelta',
    'path',
    'value',
    'modificationType',
    'attributes',
    'changes',
    'operation',
    'extension',
    'assignment',
    'activation',
    'credentials',
    'password',
  )
  const words = fc.constantFrom(
    'UserType',
    'modify',
    'add',
    'replace',
    'assignment[1]/x',
    'extension/ship',
    'disabled',
    '',
    'remove',
  )
  const { any } = fc.letrec((tie) => ({
    any: fc.oneof(
      { maxDepth: 6, depthSize: 'medium' },
      words,
      fc.integer(),
      fc.constant(null),
      fc.array(tie('any'), { maxLength: 3 }),
      fc.dictionary(keys, tie('any'), { maxKeys: 4 }),
    ),
  }))

  fc.assert(
    fc.property(any, (payload) => {
      try {
        for (const change of read(payload)) assert.notEqual(change.kind, 'delete')
      } catch (error) {
        assert.ok(
          isGatewayError(error) && error.code === 'not_understood' && error.at !== undefined && error.hint !== undefined,
          String(error),
        )
      }
    }),
    { numRuns: 3000 },
  )
})
