import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as v from 'valibot'
import { ScimConfig } from './config.ts'
import { coreSchemas, enterpriseUrn } from './core-schema.ts'
import { createSpelling, toAccount, withValues } from './mapping.ts'
import { overridden, type Override } from './overrides.ts'
import { createUserSchema, toAccountSchema } from './schema.ts'

const badge = 'urn:acme:params:scim:2.0:User:badge'
const schemaWith = (...overrides: readonly Override[]) => createUserSchema(overridden(coreSchemas, overrides))
const described = (name: string, ...overrides: readonly Override[]) =>
  toAccountSchema(schemaWith(...overrides)).attributes.find((attribute) => attribute.name === name)

test('an attribute that the schema leaves out is written where it belongs, and read by its type', () => {
  const schema = schemaWith({ path: badge, type: 'integer' }, { path: 'nickNames', multivalued: true })

  const written = withValues(withValues({}, schema.writable(badge), [7]), schema.writable('nickNames'), ['Ada', 'Countess'])

  assert.deepEqual(written, { 'urn:acme:params:scim:2.0:User': { badge: 7 }, nickNames: ['Ada', 'Countess'] })
  assert.equal(createSpelling(schema).value(badge, '7'), 7)
  assert.deepEqual(toAccount(schema, { id: '1', ...written }, []).attributes, { [badge]: [7], nickNames: ['Ada', 'Countess'] })
})

test('what is said of an attribute holds, and all else stays as the server describes it', () => {
  const before = described('title')
  const title = described('title', { path: 'Title', required: true, unique: true, allowedValues: ['Dr', 'Prof'] })
  const manager = described(`${enterpriseUrn}:manager.value`, { path: `${enterpriseUrn}:manager.value`, type: 'reference' })

  assert.deepEqual(title, { ...before, required: true, unique: true, allowedValues: ['Dr', 'Prof'] })
  assert.equal(manager?.type, 'reference')
  assert.equal(createSpelling(schemaWith({ path: 'title', caseExact: true })).key('title', 'Dr'), 'Dr')
  assert.equal(schemaWith({ path: 'name.givenName', absent: true }).find('name.givenName'), null)
  assert.equal(schemaWith({ path: 'name.givenName', absent: true }).find('name.familyName')?.name, 'name.familyName')
})

test('what the server keeps by itself is refused before anything is sent, and may be said not to be so', () => {
  const kept = schemaWith({ path: 'title', readOnly: true })
  const manager = `${enterpriseUrn}:manager.displayName`

  assert.throws(() => kept.writable('title'), { code: 'config', sent: 'no', at: 'title' })
  assert.equal(kept.place('title').name, 'title')
  assert.throws(() => schemaWith().writable(manager), { code: 'config' })
  assert.equal(schemaWith({ path: manager, readOnly: false }).writable(manager).name, manager)
})

test('a part that an attribute cannot have is told, and so are paths that are none', () => {
  const settings = { url: 'https://app.example.org/scim/v2', login: 'bearer', token: 'secret' }
  const problems = (...attributes: readonly unknown[]) => v.safeParse(ScimConfig, { ...settings, attributes }).issues?.length ?? 0

  assert.throws(() => schemaWith({ path: 'emails.work', readOnly: true }), { code: 'config', at: 'emails.work' })
  assert.throws(() => schemaWith({ path: 'title.short' }), { code: 'config' })
  assert.equal(problems({ path: 'name.givenName' }, { path: badge }), 0)
  for (const path of ['emails[type eq "work"]', 'a.b.c', 'password', 'Active', 'urn:ietf:params:scim:schemas:core:2.0:User:id'])
    assert.equal(problems({ path }), 1, path)
  assert.equal(problems({ path: 'title' }, { path: 'TITLE' }), 1)
})
