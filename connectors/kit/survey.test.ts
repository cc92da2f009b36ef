import assert from 'node:assert/strict'
import { test } from 'node:test'
import { everyChange, type Capabilities } from './connector.ts'
import { toSurvey, withNarrowing } from './survey.ts'

const declared: Capabilities = {
  undo: { ...everyChange('exact'), delete: 'lossy', password: 'reset' },
  idempotent: { ...everyChange('native'), create: 'readback' },
  memberships: 'group',
  conditionalWrite: { ...everyChange('looked'), create: 'native' },
  nativeId: 'id',
  concurrency: 1,
  deadlineMs: 1_000,
}

test('what a target says of itself takes from what is declared, and never adds to it', () => {
  const less = withNarrowing(declared, { undo: { update: 'lossy' }, conditionalWrite: { update: 'none' } })
  const more = withNarrowing(declared, {
    undo: everyChange('exact'),
    idempotent: everyChange('native'),
    conditionalWrite: everyChange('native'),
  })

  assert.deepEqual([less.undo.update, less.undo.create, less.conditionalWrite.update], ['lossy', 'exact', 'none'])
  assert.deepEqual(more, declared)
})

test('what another version kept, and this one does not understand, is as if nobody had asked', () => {
  const survey = { system: 'PostgreSQL 15.14', facts: [], narrows: { undo: { password: 'reset' } }, secretEndsAt: null }

  assert.deepEqual(toSurvey(survey), survey)
  assert.equal(toSurvey({ ...survey, narrows: { undo: { password: 'by magic' } } }), null)
  assert.equal(toSurvey(null), null)
})
