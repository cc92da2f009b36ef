import assert from 'node:assert/strict'
import { test } from 'node:test'
import { writtenValues } from '#connectors/kit/written.ts'
import { coreSchemas, enterpriseUrn } from './core-schema.ts'
import { meaningOf } from './errors.ts'
import { createSpelling, toAccount, valuesAt, withValues } from './mapping.ts'
import { createUserSchema } from './schema.ts'

const schema = createUserSchema(coreSchemas)
const spelling = createSpelling(schema)
const user = {
  id: '7',
  userName: 'ada',
  active: 'False',
  name: { givenName: 'Ada', familyName: '' },
  emails: [{ value: 'a@work', type: 'work', primary: true }, { value: 'a@x' }, { value: 'b@work', type: 'WORK' }],
  groups: [{ value: 'g' }],
  meta: { version: 'W/"1"' },
  [enterpriseUrn]: { department: 'R&D', manager: { value: '9', displayName: 'Bob' } },
}

test('a user is read by names, each value once, and what the server keeps stays out', () => {
  const { attributes, enabled, version } = toAccount(schema, user, ['staff'])

  assert.deepEqual(attributes, {
    userName: ['ada'],
    'name.givenName': ['Ada'],
    'emails.work': ['a@work'],
    'emails.work.primary': [true],
    emails: ['a@x'],
    'emails.WORK': ['b@work'],
    [`${enterpriseUrn}:department`]: ['R&D'],
    [`${enterpriseUrn}:manager.value`]: ['9'],
  })
  assert.deepEqual([enabled, version], [false, 'W/"1"'])
})

test('names are found in whatever case, and are spelled as the schema does', () => {
  assert.equal(spelling.attribute('USERNAME'), 'userName')
  assert.equal(spelling.attribute('Name.givenname'), 'name.givenName')
  assert.equal(spelling.attribute(`${enterpriseUrn.toLowerCase()}:Department`), `${enterpriseUrn}:department`)
  assert.deepEqual(['id', 'groups', 'emails.a.b.c', 'name', 'active', 'nothing'].map(schema.find), Array(6).fill(null))
})

test('writing a value leaves the rest of the user as it was', () => {
  const place = schema.place('emails.work')
  const written = withValues(user, place, ['a@work', 'c@work'])

  assert.deepEqual(written['emails'], [
    { value: 'a@x' },
    { value: 'b@work', type: 'WORK' },
    { value: 'a@work', type: 'work', primary: true },
    { value: 'c@work', type: 'work' },
  ])
  assert.deepEqual(valuesAt(written, place), ['a@work', 'c@work'])
  assert.deepEqual(withValues(user, schema.place('name.givenName'), [])['name'], { familyName: '' })
  const merge = { attribute: 'emails', before: ['old'], after: ['old', 'new'], multivalued: 'merge' } as const
  assert.deepEqual(writtenValues(spelling, ['OLD', 'theirs'], merge), ['OLD', 'theirs', 'new'])
})

test('what a server says by scimType comes before its status, and its detail is dropped', () => {
  const error = (scimType: string | undefined, status: number) =>
    meaningOf({ status, headers: {}, json: { scimType, detail: 'userName ada is taken' } }, { method: 'POST' })

  assert.deepEqual(
    [error('uniqueness', 400)?.code, error('noTarget', 400)?.code, error(undefined, 409)],
    ['exists', 'stale', null],
  )
  assert.doesNotMatch(JSON.stringify(error('uniqueness', 409)), /ada/)
})
