/** Passwords that the gateway makes: by policy, sealed, used once, and in clear nowhere but in the call that sets them. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createSealer } from '#core/sealing.ts'
import { findPerson, shippedRules, sqlTargets, targetDatabase } from '#tests/harness/sql-targets.ts'
import { openWorld, type World } from '#tests/harness/world.ts'

let world: World
before(async () => {
  const rules = structuredClone(shippedRules()) as {
    targets: { directory: { existing?: string; attributes: Record<string, unknown> } }
  }
  rules.targets.directory.attributes['password'] = { value: '$exists(password) ? password : $password(24)', secret: true }
  rules.targets.directory.existing = 'adopt'
  world = await openWorld({ engine: 'redis', targets: sqlTargets, ruleSet: rules })
})
after(() => world[Symbol.asyncDispose]())

const made = 'generated:initial:24:lower+upper+digit+symbol'
const person = (externalId: string, familyName: string, more: object = {}) => ({
  kind: 'create',
  externalId,
  attributes: { givenName: 'Ada', familyName, ...more },
})
const sealed = () => world.query(`select id, purpose, data from passerelle.sealed where purpose = 'request|secret'`)

test('a new account has a password of its own, and nothing of it is kept', async () => {
  const one = await world.submit(person('pw-1', 'One'))
  const two = await world.submit(person('pw-2', 'Two'))

  assert.deepEqual([one.body.state, two.body.state], ['succeeded', 'succeeded'])
  assert.deepEqual(one.body.plan.steps.find(({ target }) => target === 'directory')?.secrets, { password: made })
  const hashes = [(await findPerson(world, 'One'))?.password, (await findPerson(world, 'Two'))?.password]
  assert.ok(hashes.every((hash) => typeof hash === 'string' && hash.length > 20))
  assert.notEqual(hashes[0], hashes[1])
  assert.deepEqual(await sealed(), [])
})

test('an account that is there keeps its password, whatever else changes', async () => {
  await world.submit(person('pw-3', 'Three'))
  const before = await findPerson(world, 'Three')

  const { body } = await world.submit({ kind: 'update', externalId: 'pw-3', attributes: { title: 'Boss' } })

  assert.equal(body.state, 'succeeded')
  const after = await findPerson(world, 'Three')
  assert.deepEqual([after?.title, after?.password], ['Boss', before?.password])
})

test('what a target showed of a password is forgotten when the request ended well', async () => {
  const images = () => world.query(`select purpose from passerelle.sealed where purpose like 'step|%'`)
  await world.submit(person('pw-7', 'Seven'))
  const before = await findPerson(world, 'Seven')

  const { body } = await world.submit({ kind: 'password', externalId: 'pw-7', secrets: { password: 'Chosen-pass-7!' } })

  assert.equal(body.state, 'succeeded')
  const after = await findPerson(world, 'Seven')
  assert.notEqual(after?.password, before?.password)
  assert.deepEqual(await images(), [])
})

test('an account that is found and becomes the identity’s keeps the password that its owner knows', async () => {
  await world.postgres.query(
    targetDatabase,
    `insert into directory.person (login, family_name, password) values ('asix', 'Six', 'Their own')`,
  )

  const { body } = await world.submit(person('pw-6', 'Six', { title: 'Boss' }))

  assert.equal(body.details.find(({ target }) => target === 'directory')?.disposition, 'adopted')
  const found = await findPerson(world, 'Six')
  assert.deepEqual([found?.title, found?.password], ['Boss', 'Their own'])
})

test('what is sealed for a request that waits has the policy’s form, and is in clear neither there nor in audit, log or answer', async () => {
  const admin = await world.login()
  await world.call('POST', '/api/v1/targets/directory/maintenance', { on: true, reason: 'the directory moves' }, admin)
  const { body } = await world.submit(person('pw-4', 'Four'), { Prefer: 'respond-async' })

  const [row] = await sealed()
  const clear = createSealer(world.variables['PASSERELLE_KEY'] ?? '').open(
    `request|secret|${String(row?.['id'])}`,
    row?.['data'] as Buffer,
  )

  assert.match(clear, /^(?=.*[a-z])(?=.*[A-Z])(?=.*\d)(?=.*[!#%*+\-=?@_]).{24}$/)
  const everywhere = [
    JSON.stringify(await world.query('select row::text from passerelle.request row')),
    JSON.stringify(await world.query('select row::text from passerelle.step row')),
    JSON.stringify(await world.query('select row::text from passerelle.audit row')),
    JSON.stringify((await world.call('GET', `/api/v1/requests/${body.id}`)).body),
    world.server.log(),
    ...world.workers.map((worker) => worker.log()),
  ]
  assert.deepEqual(
    everywhere.filter((text) => text.includes(clear)),
    [],
  )
  await world.call('POST', '/api/v1/targets/directory/maintenance', { on: false, reason: 'it has moved' }, admin)
  assert.equal((await world.settled(body.id)).state, 'succeeded')
  assert.deepEqual(await sealed(), [])
})

test('a request that is done again with the rules of today has the passwords that these ask for', async () => {
  await world.postgres.query(
    targetDatabase,
    `insert into directory.person (login, family_name, mail) values ('other', 'Other', 'afive@example.org')`,
  )
  const { body: failed } = await world.submit(person('pw-5', 'Five'))
  assert.equal(failed.state, 'rolled_back')
  await world.postgres.query(targetDatabase, `delete from directory.person where login = 'other'`)
  const admin = await world.login()

  const retry = { reason: 'the address is free again', rules: 'refreshed' }
  const { status } = await world.call('POST', `/api/v1/requests/${failed.id}/retry`, retry, admin)

  assert.equal(status, 202)
  assert.equal((await world.settled(failed.id)).state, 'succeeded')
  assert.ok((await findPerson(world, 'Five'))?.password)
})
