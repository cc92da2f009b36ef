import assert from 'node:assert/strict'
import { test } from 'node:test'
import { roles } from '../api/types.ts'
import { actorName, isAllowed, type Actor, type Right } from './policy.ts'

const person = (role: (typeof roles)[number]): Actor => ({ kind: 'person', name: 'ada', role, locale: null })
const source: Actor = { kind: 'source', name: 'hr' }
const all: readonly Right[] = [
  'requests:submit',
  'requests:read',
  'requests:retry',
  'approvals:read',
  'approvals:answer',
  'notifications:read',
  'notifications:retry',
  'targets:read',
  'targets:operate',
  'reconciliations:read',
  'reconciliations:operate',
  'queues:read',
  'queues:operate',
]
const rightsOf = (actor: Actor) => all.filter((right) => isAllowed(actor, right))

test('a source asks for changes and follows its own; it does nothing else', () => {
  assert.deepEqual(rightsOf(source), ['requests:submit', 'requests:read'])
})

test('no person submits requests in the name of a source', () => {
  for (const role of roles) assert.equal(isAllowed(person(role), 'requests:submit'), false, role)
})

test('only administrators and operators change anything themselves; whoever is asked, but for auditors, lets others’ changes happen', () => {
  assert.deepEqual(
    roles.filter((role) =>
      (['requests:retry', 'targets:operate', 'reconciliations:operate', 'queues:operate'] as const).some((right) =>
        isAllowed(person(role), right),
      ),
    ),
    ['admin', 'operator'],
  )
  assert.deepEqual(
    roles.filter((role) => isAllowed(person(role), 'approvals:answer')),
    ['admin', 'rule_editor', 'approver', 'operator', 'reader'],
  )
})

test('an auditor sees the queues, a reader does not', () => {
  assert.deepEqual(rightsOf(person('auditor')), [
    'requests:read',
    'approvals:read',
    'notifications:read',
    'targets:read',
    'reconciliations:read',
    'queues:read',
  ])
  assert.deepEqual(rightsOf(person('reader')), [
    'requests:read',
    'approvals:read',
    'approvals:answer',
    'targets:read',
    'reconciliations:read',
  ])
})

test('what is not listed is refused', () => {
  assert.equal(isAllowed(person('admin'), 'everything' as Right), false)
})

test('the audit trail tells a source from a person of the same name', () => {
  assert.deepEqual([actorName(source), actorName(person('admin'))], ['source:hr', 'person:ada'])
})
