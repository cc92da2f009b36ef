/** The command line for whoever looks after the gateway: who may log in, the database's schema, and how wrong usage is told. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { shippedRules, sqlTargets } from '#tests/harness/sql-targets.ts'
import { openWorld, type World } from '#tests/harness/world.ts'

let world: World
before(async () => {
  world = await openWorld({ engine: 'postgres', targets: sqlTargets, ruleSet: shippedRules(), workers: 0 })
})
after(() => world[Symbol.asyncDispose]())

const rules = (...words: string[]) => world.cli('rules', ...words)

test('people are added with a password that is shown once, given another role, and removed', async () => {
  const added = await world.cli('people', 'add', 'zoé', '--role', 'rule_editor')
  const password = /password (\S+)/.exec(added.output)?.[1] ?? ''
  const cookie = await world.login('zoé', password)
  const role = async () => (await world.call<{ role?: string }>('GET', '/api/v1/session', undefined, cookie)).body.role
  const first = await role()

  const twice = await world.cli('people', 'add', 'zoé', '--role', 'rule_editor')
  await world.cli('people', 'role', 'zoé', 'reader')
  const second = await role()
  const list = await world.cli('people', 'list')
  await world.cli('people', 'remove', 'zoé')

  assert.deepEqual([added.code, twice.code, first, second, await role()], [0, 1, 'rule_editor', 'reader', undefined])
  assert.equal(list.output, 'admin (admin)\nzoé (reader)\n')
  assert.doesNotMatch(await world.postgres.dump('passerelle'), new RegExp(password))
  const trail = await world.query(
    `select action from passerelle.audit where action like 'person%' and detail ->> 'name' = 'zoé' order by seq`,
  )
  assert.deepEqual(
    trail.map(({ action }) => action),
    ['person_created', 'person_changed', 'person_removed'],
  )
})

test('a database that is of this version is left as it is; wrong usage is exit code 2', async () => {
  const migrated = await world.cli('migrate')
  const wrong = await Promise.all([
    rules('publish', 'default'),
    rules('publish', 'default', 'one'),
    rules('diff', 'default', '1'),
    rules('export', 'default', '--format', 'xml'),
    world.cli('people', 'add', 'nobody'),
    world.cli('people', 'add', 'x y', '--role', 'reader'),
  ])

  assert.deepEqual(migrated, { code: 0, output: 'The database is of this version.\n' })
  assert.deepEqual(
    wrong.map(({ code }) => code),
    [2, 2, 2, 2, 2, 2],
    wrong.map(({ output }) => output).join(''),
  )
})
