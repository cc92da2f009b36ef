import assert from 'node:assert/strict'
import { test } from 'node:test'
import { standingOf, type Approver, type Question } from './approval-rights.ts'

const question: Question = {
  state: 'open',
  requester: 'source:hr',
  authors: ['person:anna'],
  subjects: ['person:sam'],
  roles: ['approver'],
  people: ['rita', 'Max@Example.org'],
  decisions: [],
}
const person = (name: string, role = 'reader', email: string | null = null): Approver => ({
  actor: `person:${name}`,
  role,
  email,
})
const standing = (who: Approver, changed: Partial<Question> = {}, delegators: readonly Approver[] = []) =>
  standingOf({ ...question, ...changed }, who, delegators)
const own = { onBehalfOf: null }

test('who has one of the roles may answer, who is named by name or address, and administrators', () => {
  assert.deepEqual(standing(person('bea', 'approver')), own)
  assert.deepEqual(standing(person('Rita')), own)
  assert.deepEqual(standing(person('max', 'reader', 'max@example.org')), own)
  assert.deepEqual(standing(person('root', 'admin')), own)
  assert.deepEqual(standing(person('oscar', 'operator')), { whyNot: 'not_asked' })
  assert.deepEqual(standing(person('max', 'reader')), { whyNot: 'not_asked' })
})

test('whoever asked, wrote the rules, or is whom it is about may not, whatever else they are', () => {
  assert.deepEqual(standing(person('ada', 'admin'), { requester: 'person:ada' }), { whyNot: 'requester' })
  assert.deepEqual(standing(person('anna', 'admin')), { whyNot: 'author' })
  assert.deepEqual(standing(person('sam', 'admin')), { whyNot: 'subject' })
})

test('nothing is answered that is not open', () => {
  const whyNots = (['waiting', 'expired', 'approved', 'refused', 'closed'] as const).map((state) =>
    standing(person('bea', 'approver'), { state }),
  )

  assert.deepEqual(
    whyNots,
    ['waiting', 'expired', 'closed', 'closed', 'closed'].map((whyNot) => ({ whyNot })),
  )
})

test('a delegate answers in the stead of who is asked, and only of them', () => {
  const [bea, oscar] = [person('bea', 'approver'), person('oscar', 'operator')]

  assert.deepEqual(standing(person('dan'), {}, [oscar, bea]), { onBehalfOf: 'person:bea' })
  assert.deepEqual(standing(person('dan'), {}, [oscar]), { whyNot: 'not_asked' })
  assert.deepEqual(standing(person('cleo', 'approver'), {}, [bea]), own)
})

test('who may not answer cannot have it done by another, nor do it for another', () => {
  const approver = (name: string) => person(name, 'approver')

  for (const name of ['anna', 'sam']) assert.deepEqual(standing(person('dan'), {}, [approver(name)]), { whyNot: 'not_asked' })
  assert.deepEqual(standing(person('dan'), { requester: 'person:ada' }, [approver('ada')]), { whyNot: 'not_asked' })
  assert.deepEqual(standing(person('sam'), {}, [approver('bea')]), { whyNot: 'subject' })
})

test('nobody counts twice: neither who answered, nor in whose stead it was done', () => {
  const [bea, cleo] = [person('bea', 'approver'), person('cleo', 'approver')]
  const answered = { decisions: [{ person: 'person:dan', onBehalfOf: 'person:bea' }] }

  assert.deepEqual(standing(bea, answered), { whyNot: 'answered' })
  assert.deepEqual(standing(person('dan'), answered, [cleo]), { whyNot: 'answered' })
  assert.deepEqual(standing(person('eve'), answered, [bea]), { whyNot: 'answered' })
  assert.deepEqual(standing(person('eve'), answered, [bea, cleo]), { onBehalfOf: 'person:cleo' })
})
