/** The servers of the harness keep their promises; every other test trusts them. */
import assert from 'node:assert/strict'
import { Redis } from 'ioredis'
import { test } from 'node:test'
import { findBinary } from './daemon.ts'
import { openMariadb } from './mariadb.ts'
import { hasMysql, openMysql } from './mysql.ts'
import { openPostgres } from './postgres.ts'
import { openRedis } from './redis.ts'

test('a PostgreSQL keeps its rows over an immediate stop, and its dump shows any change', async () => {
  await using postgres = await openPostgres()
  await postgres.createDatabase('crm')
  await postgres.query('crm', `CREATE TABLE person (id int PRIMARY KEY, name text); INSERT INTO person VALUES (2, 'b'), (1, 'a')`)
  const before = await postgres.dump('crm')

  await postgres.stop('immediate')
  await postgres.start()

  assert.equal(await postgres.dump('crm'), before)
  assert.equal(before, 'person (id, name)\n  (1,a)\n  (2,b)')
  await postgres.query('crm', 'UPDATE person SET name = $1 WHERE id = 2', [`o'c`])
  assert.notEqual(await postgres.dump('crm'), before)
})

test('a PostgreSQL database can be cloned from another one', async () => {
  await using postgres = await openPostgres()
  await postgres.createDatabase('template')
  await postgres.query('template', 'CREATE TABLE person (id int)')

  await postgres.createDatabase('clone', 'template')

  assert.equal(await postgres.dump('clone'), 'person (id)')
})

for (const [name, open] of [['MariaDB', openMariadb] as const, ...(hasMysql ? [['MySQL', openMysql] as const] : [])])
  test(`a ${name} keeps its rows over being killed, and its dump shows any change`, async () => {
    await using server = await open()
    await server.createDatabase('crm')
    await server.query('crm', `CREATE TABLE person (id int PRIMARY KEY, name text); INSERT INTO person VALUES (2, 'b'), (1, 'a')`)
    const before = await server.dump('crm')

    await server.kill()
    await server.start()

    assert.equal(await server.dump('crm'), before)
    assert.equal(before, 'person\n  {"id":1,"name":"a"}\n  {"id":2,"name":"b"}')
    await server.query('crm', 'DELETE FROM person WHERE id = ?', [2])
    assert.notEqual(await server.dump('crm'), before)
  })

test('a Redis with an append-only file survives being killed', async () => {
  await using redis = await openRedis({ appendonly: true })
  await withRedis(redis.url, (client) => client.set('kept', 'yes'))

  await redis.kill()
  await redis.start()

  assert.equal(await withRedis(redis.url, (client) => client.get('kept')), 'yes')
})

test('a missing server program is reported with the package to install', () => {
  assert.throws(
    () => findBinary('no-such-server', 'no-such-package'),
    /no-such-server not found: apt-get install no-such-package/,
  )
})

async function withRedis<Result>(url: string, use: (client: Redis) => Promise<Result>): Promise<Result> {
  const client = new Redis(url)
  try {
    return await use(client)
  } finally {
    client.disconnect()
  }
}
