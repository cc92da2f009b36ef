import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ruleVersionStates } from '../api/rule-types.ts'
import { decide, isOpen, type Life, type LifeStep, type Surroundings } from './life.ts'

const draft: Life = { version: 3, state: 'draft', authors: ['person:ada'], isReviewed: false, problems: 0, red: 0 }
const alone: Surroundings = { inForce: 2, fourEyes: false }
const pair: Surroundings = { inForce: 2, fourEyes: true }
const publish: LifeStep = { verb: 'publish', isOverridden: false }
const schedule: LifeStep = { verb: 'schedule', isOverridden: false }

/** By state, what the step makes of a version without blemish, or why not. */
function byState(step: LifeStep, around: Surroundings, more: Partial<Life> = {}): Record<string, string> {
  return Object.fromEntries(
    ruleVersionStates.map((state) => {
      const decision = decide({ ...draft, ...more, state }, around, step)
      return [state, 'state' in decision ? decision.state : `✕ ${decision.refusal}`]
    }),
  )
}
const only = (allowed: Record<string, string>, otherwise = '✕ state') =>
  Object.fromEntries(ruleVersionStates.map((state) => [state, allowed[state] ?? otherwise]))

test('a draft is submitted, and nothing else is', () => {
  assert.deepEqual(byState({ verb: 'submit' }, alone), only({ draft: 'in_review' }))
})

test('what is in review is approved or rejected by somebody else', () => {
  assert.deepEqual(byState({ verb: 'approve', by: 'person:bob' }, alone), only({ in_review: 'approved' }))
  assert.deepEqual(byState({ verb: 'reject', by: 'person:bob' }, alone), only({ in_review: 'rejected' }))
})

test('nobody who had a hand in a version reviews it, whoever wrote it last', () => {
  const authors = ['person:ada', 'person:bob']

  for (const by of authors)
    assert.deepEqual(decide({ ...draft, state: 'in_review', authors }, alone, { verb: 'approve', by }), { refusal: 'own' })
})

test('without four eyes a draft is published as it is; what is in review waits for its reviewer', () => {
  const allowed = { draft: 'published', in_review: '✕ unreviewed', approved: 'published', scheduled: 'published' }

  assert.deepEqual(byState(publish, alone), only(allowed))
})

test('with four eyes only what somebody looked at is published', () => {
  const unreviewed = { draft: '✕ unreviewed', in_review: '✕ unreviewed', approved: '✕ unreviewed', scheduled: '✕ unreviewed' }

  assert.deepEqual(byState(publish, pair), only(unreviewed))
  assert.deepEqual(
    byState(publish, pair, { isReviewed: true }),
    only({ ...unreviewed, draft: 'published', approved: 'published', scheduled: 'published' }, '✕ state'),
  )
})

test('what is scheduled is not scheduled again', () => {
  assert.deepEqual(byState(schedule, alone), only({ draft: 'scheduled', in_review: '✕ unreviewed', approved: 'scheduled' }))
})

test('problems prevent a publication whatever anybody says; red tests unless they are overridden', () => {
  const overridden: LifeStep = { verb: 'publish', isOverridden: true }

  assert.deepEqual(decide({ ...draft, problems: 1 }, alone, overridden), { refusal: 'problems' })
  assert.deepEqual(decide({ ...draft, red: 1 }, alone, publish), { refusal: 'red' })
  assert.deepEqual(decide({ ...draft, red: 1 }, alone, overridden), { state: 'published' })
})

test('a review may begin while tests are red, but not while there are problems', () => {
  assert.deepEqual(decide({ ...draft, red: 1 }, pair, { verb: 'submit' }), { state: 'in_review' })
  assert.deepEqual(decide({ ...draft, problems: 1 }, pair, { verb: 'submit' }), { refusal: 'problems' })
})

test('a version that is older than the one in force does not take its place', () => {
  for (const step of [publish, schedule, { verb: 'submit' } as const])
    assert.deepEqual(decide(draft, { ...alone, inForce: 4 }, step), { refusal: 'overtaken' })
})

test('whatever is open can be withdrawn', () => {
  assert.deepEqual(
    byState({ verb: 'withdraw' }, pair),
    only(Object.fromEntries(ruleVersionStates.filter(isOpen).map((state) => [state, 'withdrawn']))),
  )
})
