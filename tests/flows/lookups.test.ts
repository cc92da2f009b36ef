/** Lookup tables: kept as code or by people, in versions, read by rules, and named by the plans that were made with them. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { Plan } from '#core/plan.ts'
import type { LookupTable, Page, ProblemDetails } from '#server/api/types.ts'
import { shippedRules, sqlTargets } from '#tests/harness/sql-targets.ts'
import { openWorld, type World } from '#tests/harness/world.ts'

const sites = { description: { fr: 'Sites', en: 'Sites' }, rows: { PAR: 'Paris', LYS: 'Lyon' }, fallback: 'Ailleurs' }
let world: World
let admin: Record<string, string>
before(async () => {
  world = await openWorld({ engine: 'postgres', targets: sqlTargets, ruleSet: withTable('sites'), lookups: { sites } })
  admin = await world.login()
})
after(() => world[Symbol.asyncDispose]())

/** The shipped rules, with the title from a table. */
function withTable(table: string): Record<string, unknown> {
  const rules = structuredClone(shippedRules()) as { targets: { directory: { attributes: Record<string, unknown> } } }
  rules.targets.directory.attributes['title'] = `$lookup('${table}', site)`
  return rules
}

const read = (name = 'sites', query = '') => world.call<LookupTable>('GET', `/api/v1/lookups/${name}${query}`, undefined, admin)
const save = (body: unknown, name = 'sites') =>
  world.call<LookupTable & ProblemDetails>('PUT', `/api/v1/lookups/${name}`, body, admin)
const plan = async () => {
  const wish = { kind: 'create', externalId: 'dry', attributes: { givenName: 'Ada', familyName: 'Stone', site: 'PAR' } }
  const { body } = await world.call<{ plan: Plan }>('POST', '/api/v1/requests?dryRun=true', wish)
  return body.plan
}
async function soon(isSo: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 10_000; !(await isSo());)
    if (Date.now() > end) assert.fail('it did not happen within ten seconds')
}

test('a table of the configuration is there, in its first version, and says who reads it', async () => {
  const { status, body } = await read()
  const list = await world.call<Page<LookupTable>>('GET', '/api/v1/lookups', undefined, admin)

  assert.equal(status, 200)
  const { updatedAt, ...said } = body
  assert.deepEqual(said, {
    name: 'sites',
    description: { fr: 'Sites', en: 'Sites' },
    version: 1,
    rows: [
      { key: 'LYS', value: 'Lyon' },
      { key: 'PAR', value: 'Paris' },
    ],
    size: 2,
    fallback: 'Ailleurs',
    updatedBy: 'configuration',
    usedBy: ['default'],
  })
  assert.ok(!Number.isNaN(Date.parse(updatedAt)))
  assert.deepEqual(
    list.body.items.map(({ name, rows, size }) => [name, rows, size]),
    [['sites', [], 2]],
  )
})

test('what a person saves is in force at once, and plans say which version they were made with', async () => {
  const before = await plan()
  const saved = await save({ rows: [{ key: 'PAR', value: 'Lutèce' }], base: 1 })
  assert.equal(saved.status, 200, JSON.stringify(saved.body))
  await soon(async () => (await plan()).lookups?.['sites'] === 2)

  const after = await plan()

  assert.deepEqual(before.lookups, { sites: 1 })
  assert.deepEqual(before.steps[0]?.attributes['title']?.values, ['Paris'])
  assert.deepEqual(after.steps[0]?.attributes['title']?.values, ['Lutèce'])
  assert.notEqual(after.hash, before.hash)
  assert.deepEqual([saved.body.version, saved.body.updatedBy, saved.body.fallback], [2, 'person:admin', null])
  assert.equal((await read('sites', '?version=1')).body.rows.length, 2)
  const [record] = await world.query(
    `select actor, detail from passerelle.audit where action = 'lookup_changed' order by seq desc limit 1`,
  )
  assert.deepEqual([record?.['actor'], (record?.['detail'] as { version: number } | undefined)?.version], ['person:admin', 2])
})

test('a request keeps the versions of its plan, and its hash holds', async () => {
  const wish = { kind: 'create', externalId: 'kept', attributes: { givenName: 'Ada', familyName: 'Kept', site: 'PAR' } }

  const { body } = await world.submit(wish)

  assert.equal(body.state, 'succeeded', JSON.stringify(body.problem))
  const version = (await read()).body.version
  assert.deepEqual(body.plan.lookups, { sites: version })
  assert.deepEqual((await world.call<{ plan: Plan }>('GET', `/api/v1/requests/${body.id}`)).body.plan.lookups, { sites: version })
})

test('what people changed stays when the same configuration is applied; a changed file wins', async () => {
  const { version } = (await read()).body

  assert.deepEqual(await world.cli('apply'), { code: 0, output: 'Everything is as configured.\n' })
  assert.equal((await read()).body.version, version)
  writeFileSync(join(world.folder, 'sites.csv'), 'code;ville\nPAR;Paris\nBRU;Bruxelles\n')
  world.configure({ lookups: { sites: { file: 'sites.csv' } } })
  const { code, output } = await world.cli('apply')

  assert.deepEqual([code, output], [0, 'Changed: lookup table sites\n'])
  const { body } = await read()
  assert.deepEqual([body.version, body.size, body.updatedBy], [version + 1, 2, 'configuration'])
})

test('a table that nobody has is a problem when rules are saved, with the one that was meant', async () => {
  world.configure({ ruleSet: withTable('sitse'), lookups: { sites: { file: 'sites.csv' } } })

  const { code, output } = await world.cli('apply')

  assert.equal(code, 1)
  assert.match(output, /there is no lookup table "sitse" \(did you mean sites\?\)/)
})

test('a save on top of what was not seen is refused, and so is what is no table', async () => {
  const { version } = (await read()).body
  const row = { key: 'PAR', value: 'Paris' }

  assert.equal((await save({ rows: [row], base: version - 1 })).status, 409)
  const refusals = [
    [{ rows: [row, row], base: version }, /earlier row/],
    [{ rows: [{ key: ' ', value: 'x' }], base: version }, /key cannot be empty/],
    [{ rows: [{ key: '__proto__', value: 'x' }], base: version }, /__proto__/],
    [{ rows: [row], base: version, falback: 'x' }, /not as it should be/],
    [{ rows: [row] }, /not as it should be/],
  ] as const
  for (const [body, says] of refusals) {
    const refused = await save(body)
    assert.deepEqual([refused.status, says.test(refused.body.detail)], [422, true], JSON.stringify(refused.body))
  }
  assert.equal((await save({ rows: [row], base: 0 }, 'Not a name')).status, 422)
  assert.equal((await read('none')).status, 404)
  assert.equal((await read('sites', '?version=x')).status, 400)
  assert.equal((await save({ rows: [row], base: 0 }, 'fresh')).status, 201)
  assert.equal((await read()).body.version, version)
})

test('of two people who save at once one is told, and none overwrites the other', async () => {
  const { version } = (await read('fresh')).body
  const attempts = Array.from({ length: 10 }, (_, number) =>
    save({ rows: [{ key: 'n', value: String(number) }], base: version }, 'fresh'),
  )

  const statuses = (await Promise.all(attempts)).map(({ status }) => status)

  assert.deepEqual(
    statuses.toSorted((left, right) => left - right),
    [200, ...Array.from({ length: 9 }, () => 409)],
  )
  assert.equal((await read('fresh')).body.version, version + 1)
})

test('sources neither read nor write tables', async () => {
  assert.equal((await world.call('GET', '/api/v1/lookups')).status, 403)
  assert.equal((await world.call('PUT', '/api/v1/lookups/sites', { rows: [], base: 9 })).status, 403)
})
