import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AccountSchema, AttributeSchema, ConnectionReport } from './connector.ts'
import { withMapped } from './mapped.ts'

const attribute = (name: string, readOnly = false): AttributeSchema => ({
  ...{ name, type: 'string', multivalued: false, required: false, readOnly, writeOnly: false, unique: false },
  ...{ maxLength: null, allowedValues: null },
})
const schema: AccountSchema = { attributes: [attribute('uid'), attribute('emails'), attribute('entryUUID', true)] }
const good: ConnectionReport = { ok: true, checks: [{ check: 'login', ok: true, message: 'let in' }] }

async function told(mapped: readonly string[], report = good, described = schema) {
  const { ok, checks } = await withMapped(report, { discoverSchema: async () => described }, mapped)
  return [ok, checks.at(-1)?.check, checks.at(-1)?.message]
}

test('what the rules write and the target has passes, whatever its case, its type or its language', async () => {
  assert.deepEqual(await told(['UID', 'emails.work', 'uid;lang-fr']), [
    true,
    'schema',
    'what the rules write is there and can be written',
  ])
  assert.equal((await told([]))[1], 'login')
})

test('what the target lacks, or keeps by itself, is named', async () => {
  assert.deepEqual(await told(['uid', 'mial', 'shoe']), [
    false,
    'schema',
    'the rules write what accounts of the target do not have: mial, shoe',
  ])
  assert.deepEqual(await told(['entryuuid', 'mial']), [
    false,
    'schema',
    'the rules write what the target keeps by itself: entryuuid',
  ])
})

test('where accounts may have what is not listed, only what is kept is told', async () => {
  assert.equal((await told(['mial'], good, { ...schema, isOpen: true }))[0], true)
  assert.equal((await told(['objectClass', 'mial']))[0], true)
  assert.equal((await told(['entryUUID'], good, { ...schema, isOpen: true }))[0], false)
})

test('a test that failed before says what it said', async () => {
  const report: ConnectionReport = { ok: false, checks: [{ check: 'tcp', ok: false, message: 'nobody listens' }] }

  assert.deepEqual(await told(['mial'], report), [false, 'tcp', 'nobody listens'])
})
