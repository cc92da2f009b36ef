import assert from 'node:assert/strict'
import { test } from 'node:test'
import { accountDiff, plannedDiff } from './account-diff.ts'
import type { StepDetail } from './api.ts'

const account = (attributes: Record<string, readonly string[]>, memberships: readonly string[] = [], enabled = true) => ({
  nativeId: 'a1',
  label: 'uid=zmuller',
  enabled,
  attributes,
  memberships,
})
const noWrites = { attributes: [], enabled: null, memberships: { add: [], remove: [] }, secrets: [] } as const
const diff = (step: Partial<StepDetail>) => accountDiff({ before: null, after: null, writes: null, ...step })

test('a created account shows everything it got, and its secret by name only', () => {
  const { lines } = diff({
    after: account({ cn: ['Zoé Müller'] }, ['staff']),
    writes: { ...noWrites, secrets: ['userPassword'] },
  })

  assert.deepEqual(
    lines.map(({ attribute, change }) => [attribute, change]),
    [
      ['enabled', 'added'],
      ['cn', 'added'],
      ['memberships', 'added'],
      ['userPassword', 'added'],
    ],
  )
  assert.deepEqual(lines.at(-1)?.after, [])
})

test('a changed account shows only what differs and counts the rest', () => {
  const { lines, unchanged } = diff({
    before: account({ ou: ['R&D'], cn: ['Zoé'] }),
    after: account({ ou: ['Ventes'], cn: ['Zoé'] }),
  })

  assert.deepEqual(
    lines.map(({ attribute, before, after }) => ({ attribute, before, after })),
    [{ attribute: 'ou', before: ['R&D'], after: ['Ventes'] }],
  )
  assert.equal(unchanged, 1)
})

test('the order of several values is not a change', () => {
  assert.deepEqual(diff({ before: account({ mail: ['a', 'b'] }), after: account({ mail: ['b', 'a'] }) }).lines, [])
})

test('a disabled account says so first', () => {
  const { lines } = diff({ before: account({}, [], true), after: account({ description: ['left'] }, [], false) })

  assert.deepEqual(lines[0], { attribute: 'enabled', kind: 'enabled', change: 'changed', before: [true], after: [false] })
})

test('a deleted account shows what went away', () => {
  const { lines } = diff({ before: account({ cn: ['Zoé'] }) })

  assert.deepEqual(
    lines.map(({ attribute, change }) => [attribute, change]),
    [
      ['enabled', 'removed'],
      ['cn', 'removed'],
    ],
  )
})

test('what is planned for an account that is not there yet begins with nothing', () => {
  const attribute = { attribute: 'cn', before: [], after: ['Zoé'], multivalued: 'replace' } as const
  const writes = {
    attributes: [attribute],
    enabled: { before: false, after: true },
    memberships: { add: [], remove: [] },
    secrets: ['pin'],
  }

  const [created, changed] = (['create', 'modify'] as const).map((outcome) => plannedDiff({ outcome, writes }))

  assert.deepEqual(
    created?.map(({ attribute: name, change, before }) => [name, change, before]),
    [
      ['enabled', 'added', []],
      ['cn', 'added', []],
      ['pin', 'added', []],
    ],
  )
  assert.deepEqual(changed?.[0]?.before, [false])
})
