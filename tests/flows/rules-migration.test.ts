/** Rule sets as the version before kept them become versions with a life, and the version before goes on working beside this one. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { openDatabase, type Database } from '#core/database.ts'
import { migrate } from '#core/migrate.ts'
import { openPostgres, type TestPostgres } from '#tests/harness/postgres.ts'

const folder = new URL('../../migrations/', import.meta.url)
const mine = '0011_rule_versions.sql'

let postgres: TestPostgres
let database: Database
before(async () => {
  postgres = await openPostgres()
  const url = await postgres.createDatabase('passerelle')
  for (const name of readdirSync(folder).sort()) {
    if (name >= mine) break
    await query(`begin; ${readFileSync(new URL(name, folder), 'utf8')}; commit`)
  }
  await query(
    'create table public.passerelle_migration (name text primary key, hash text not null, applied_at timestamptz not null default now())',
  )
  database = await openDatabase({ url, name: 'test', poolSize: 1 })
})
after(async () => {
  await database[Symbol.asyncDispose]()
  await postgres[Symbol.asyncDispose]()
})

const query = (text: string, values?: readonly unknown[]) => postgres.query('passerelle', text, values)
/** What the version before does with a rule set of its configuration, and what it takes for the version in force. */
const applyAsBefore = (name: string, text: string) =>
  query(
    `insert into passerelle.rule_set (name, version, hash, text)
     select $1, coalesce(max(version), 0) + 1, $3, $2 from passerelle.rule_set where name = $1
     having coalesce((select hash from passerelle.rule_set where name = $1 order by version desc limit 1), '') <> $3 returning version`,
    [name, text, `hash of ${text}`],
  )
const lives = async () =>
  (await query(`select concat_ws(' ', name, version, state) as life from passerelle.rule_version order by name, version`)).map(
    ({ life }) => life,
  )
const inForceAsBefore = async (name: string) =>
  (await query('select version, text from passerelle.rule_set where name = $1 order by version desc limit 1', [name]))[0]

test('the newest text of each rule set is in force, the others are its history', async () => {
  for (const text of ['one', 'two', 'three']) await applyAsBefore('a', text)
  await applyAsBefore('b', 'only')
  const applied = readdirSync(folder).filter((name) => name < mine)
  for (const name of applied)
    await database.sql`insert into public.passerelle_migration (name, hash) values (${name}, encode(sha256(convert_to(${readFileSync(new URL(name, folder), 'utf8')}, 'UTF8')), 'hex'))`

  const migrated = await migrate(database.sql)

  assert.ok(migrated.includes(mine))
  assert.deepEqual(await lives(), ['a 1 superseded', 'a 2 superseded', 'a 3 published', 'b 1 published'])
})

test('the version before sees no draft, and what it applies comes into force behind the drafts’ numbers', async () => {
  await query(
    `insert into passerelle.rule_version (name, version, hash, text, state, authors) values ('a', 4, 'h', 'draft', 'draft', '{person:ada}')`,
  )
  const seen = await inForceAsBefore('a')

  const unchanged = await applyAsBefore('a', 'three')
  const [applied] = await applyAsBefore('a', 'four')

  assert.deepEqual([seen, unchanged, applied], [{ version: 3, text: 'three' }, [], { version: 5 }])
  assert.deepEqual(await inForceAsBefore('a'), { version: 5, text: 'four' })
  assert.deepEqual((await lives()).slice(2, 5), ['a 3 superseded', 'a 4 draft', 'a 5 published'])
})

test('a rule set that only the version before knows comes into being', async () => {
  await applyAsBefore('c', 'new')

  assert.deepEqual(await query(`select name, four_eyes from passerelle.rule_set_policy where name = 'c'`), [
    { name: 'c', four_eyes: false },
  ])
})
