/** A PostgreSQL whose connections are all taken is told from one that is away: what is to be done is another thing. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { openDatabase } from '#core/database.ts'
import { openPostgres, type TestPostgres } from '#tests/harness/postgres.ts'

let postgres: TestPostgres
before(async () => (postgres = await openPostgres({ settings: { max_connections: '12', superuser_reserved_connections: '2' } })))
after(() => postgres[Symbol.asyncDispose]())

const opened = (url: string) => openDatabase({ url, name: 'test', poolSize: 1 })
const full = {
  code: 'unavailable',
  message: /runs, and has no connection left/,
  hint: /max_connections/,
  vendorCode: 'SQLSTATE 53300',
}

test('a server without a connection left is told as such, with what to do, and taken when there is one again', async () => {
  const url = await postgres.createDatabase('full')
  const greedy = await Promise.all(Array.from({ length: 12 }, () => postgres.hold('full', 'select 1')))

  await assert.rejects(opened(url), full)
  await Promise.all(greedy.map((one) => one[Symbol.asyncDispose]()))
  await using database = await opened(url)

  assert.deepEqual([...(await database.sql`select 1 as one`)], [{ one: 1 }])
})

test('so is the limit of a role', async () => {
  await postgres.createDatabase('limited')
  await postgres.query('limited', `create role narrow login password 'narrow' connection limit 0`)
  const url = new URL(postgres.urlOf('limited'))
  url.username = url.password = 'narrow'

  await assert.rejects(opened(url.href), full)
})

test('a server that is away is told as before', async () => {
  const url = new URL(postgres.url)
  url.port = '1'

  await assert.rejects(opened(url.href), { code: 'unavailable', message: 'PostgreSQL cannot be reached' })
})
