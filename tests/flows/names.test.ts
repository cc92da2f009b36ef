/** Names that rules make up: one for each identity, whoever asks at the same time, and none that a stranger holds in a target. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { openDatabase } from '#core/database.ts'
import { isOwnAccount } from '#core/ledger/identity.ts'
import { shippedRules, sqlTargets, targetDatabase } from '#tests/harness/sql-targets.ts'
import { openWorld, type World, type WorldServer } from '#tests/harness/world.ts'

let world: World
let second: WorldServer
before(async () => {
  // Time enough on the busiest machine: a target that does not answer is another test's.
  const variables = { NAME_CHECK_MS: '20000' }
  world = await openWorld({ engine: 'redis', targets: sqlTargets, ruleSet: shippedRules(), variables })
  second = await world.startServer()
})
after(() => world[Symbol.asyncDispose]())

const person = (externalId: string, givenName: string, familyName: string, more: object = {}) => ({
  kind: 'create',
  externalId,
  attributes: { givenName, familyName, ...more },
})
const insert = (login: string, more = '') =>
  world.postgres.query(
    targetDatabase,
    `insert into directory.person (login, family_name) values ('${login}', 'Somebody else${more}')`,
  )
const people = (familyName: string) =>
  world.postgres.query(targetDatabase, 'select login, given_name from directory.person where family_name = $1 order by login', [
    familyName,
  ])
const reserved = (pattern: string) =>
  world.query('select distinct value from passerelle.reservation where value like $1 order by 1', [pattern])

test('a hundred namesakes at once, on two servers, get a hundred different logins', async () => {
  const asked = Array.from({ length: 100 }, (_, number) =>
    (number % 2 === 0 ? world : second).submit(person(`twin-${number}`, 'Ada', 'Twin'), { Prefer: 'wait=60' }),
  )

  const answers = await Promise.all(asked)

  assert.deepEqual([...new Set(answers.map(({ body }) => body.state))], ['succeeded'])
  const logins = answers.map(({ body }) => String(body.plan.identity['login']?.[0]))
  assert.equal(new Set(logins).size, 100)
  const wanted = ['atwin', ...Array.from({ length: 99 }, (_, index) => `atwin${index + 2}`)]
  assert.deepEqual(logins.toSorted(), wanted.toSorted())
  assert.equal((await people('Twin')).length, 100)
})

test('a name that a stranger holds in a target is passed over, in whichever of them', async () => {
  await insert('astranger')
  await world.postgres.query(targetDatabase, `insert into intranet.account (username) values ('astranger2')`)

  const { body } = await world.submit(person('stranger', 'Ada', 'Stranger'))

  assert.equal(body.state, 'succeeded', JSON.stringify(body.problem))
  assert.deepEqual(body.plan.identity['login'], ['astranger3'])
  assert.deepEqual(await reserved('astranger%'), [{ value: 'astranger3' }], 'what was given back is free for others')
  const again = await world.submit({ kind: 'update', externalId: 'stranger', attributes: { title: 'Boss' } })
  assert.deepEqual(again.body.plan.identity['login'], ['astranger3'])
})

test('a request that is rolled back, and one that the rules refuse, give their names back', async () => {
  const refused = await world.submit(person('refused', 'Ada', 'Freed', { organizationalUnit: 'Refused' }))
  assert.equal(refused.body.state, 'rolled_back')
  const impossible = await world.call('POST', '/api/v1/requests', {
    kind: 'create',
    externalId: 'nameless',
    attributes: { givenName: 'Nameless' },
  })
  assert.equal(impossible.status, 422)

  assert.deepEqual(await reserved('afreed%'), [])
  assert.deepEqual(await reserved('nameless%'), [])
  const other = await world.submit(person('freed', 'Ada', 'Freed'))
  assert.deepEqual(other.body.plan.identity['login'], ['afreed'])
})

test('what a server that died in between had reserved is the identity’s own, and goes with the request that takes it up', async () => {
  const { body: before } = await world.submit(person('lost-0', 'Ada', 'Lost'))
  assert.deepEqual(before.plan.identity['login'], ['alost'])
  await world.query(
    `insert into passerelle.reservation (namespace, value, owner, request_id)
     select space, 'alost2', 'test|lost-1', gen_random_uuid() from unnest(array['directory', 'intranet']) as space`,
  )

  const { body } = await world.submit(person('lost-1', 'Ada', 'Lost', { organizationalUnit: 'Refused' }))

  assert.deepEqual([body.state, body.plan.identity['login']], ['rolled_back', ['alost2']])
  assert.deepEqual(await reserved('alost%'), [{ value: 'alost' }])
})

test('a dry run says the name that is free in the database, reserves nothing and asks no target', async () => {
  await insert('adry')

  const { body } = await world.call<{ plan: { identity: Record<string, unknown> } }>(
    'POST',
    '/api/v1/requests?dryRun=true',
    person('dry', 'Ada', 'Dry'),
  )

  assert.deepEqual(body.plan.identity['login'], ['adry'])
  assert.deepEqual(await reserved('adry%'), [])
})

test('a stranger’s account that planning could not see is not taken over: the step says so, and nothing is left', async () => {
  await insert('aunseen')
  const blind = await world.startServer({ NAME_CHECK_MS: '0' })

  const { body } = await blind.submit(person('unseen', 'Ada', 'Unseen'))

  assert.deepEqual([body.state, body.problem?.code, body.problem?.target], ['rolled_back', 'exists', 'directory'])
  assert.deepEqual(
    await world.postgres.query(targetDatabase, `select family_name from directory.person where login = 'aunseen'`),
    [{ family_name: 'Somebody else' }],
  )
  assert.deepEqual(await reserved('aunseen%'), [])
  const again = await world.submit(person('unseen', 'Ada', 'Unseen'))
  assert.deepEqual([again.body.state, again.body.plan.identity['login']], ['succeeded', ['aunseen2']])
})

test('an account is known as the identity’s by its link, and by a step that made it', async () => {
  await using database = await openDatabase({ url: world.databaseUrl, name: 'test', poolSize: 1 })
  const { body } = await world.submit(person('linked', 'Ada', 'Linked'))
  const nativeId = body.details.find(({ target }) => target === 'directory')?.nativeId ?? ''
  const isOwn = (owner: string, target = 'directory', id = nativeId) => isOwnAccount(database.sql, owner, target, id)

  assert.equal(await isOwn('test|linked'), true)
  await world.query(`delete from passerelle.account where native_id = $1`, [nativeId])
  assert.equal(await isOwn('test|linked'), true)
  assert.deepEqual(
    [
      await isOwn('test|stranger'),
      await isOwn('other|linked'),
      await isOwn('test|linked', 'intranet'),
      await isOwn('test|linked', 'directory', 'x'),
    ],
    [false, false, false, false],
  )
})
