import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as v from 'valibot'
import { addressOf, SqlConfig, tableName, tlsOf } from './config.ts'

const minimal = { dialect: 'postgres', url: 'postgres://gate:p%40ss@db.example.org:6432/hr', table: 'person', key: 'id' }

test('a URL says where to connect, and single fields win over it', () => {
  const address = addressOf(v.parse(SqlConfig, { ...minimal, password: 'other' }))

  assert.deepEqual(address, { host: 'db.example.org', port: 6432, database: 'hr', user: 'gate', password: 'other' })
})

test('without a port the standard one of the dialect is taken', () => {
  const config = v.parse(SqlConfig, { dialect: 'mysql', host: 'db', database: 'hr', table: 'person', key: 'id' })

  assert.equal(addressOf(config).port, 3306)
})

test('a connection to another machine is encrypted and checked unless the configuration says otherwise', () => {
  const tls = (more: object) => tlsOf(v.parse(SqlConfig, { ...minimal, ...more }))

  assert.deepEqual(tls({}), { rejectUnauthorized: true })
  assert.deepEqual(tls({ tls: { mode: 'encrypt' } }), { rejectUnauthorized: false })
  assert.equal(tls({ tls: { mode: 'off' } }), null)
  assert.equal(tls({ host: '127.0.0.1' }), null)
})

test('a wrong configuration is refused with the reason', () => {
  const problem = (more: object) => v.safeParse(SqlConfig, { ...minimal, ...more }).issues?.[0]?.message

  assert.match(problem({ url: null }) ?? '', /Give url, or host and database/)
  assert.match(problem({ dialect: 'mysql' }) ?? '', /another dialect/)
  assert.match(problem({ url: 'http://db' }) ?? '', /begins with postgres/)
  assert.match(problem({ url: 'postgres:///hr?host=/run/postgresql' }) ?? '', /names a Unix socket/)
  assert.match(problem({ passwords: { column: 'pw', hash: 'plain' } }) ?? '', /argon2id/)
  assert.match(problem({ active: { column: 'a', whenActive: 1, whenInactive: 1 } }) ?? '', /must differ/)
  assert.match(problem({ surprise: true }) ?? '', /surprise/)
})

test('a table name may be qualified, and a part in quotes may hold dots', () => {
  assert.deepEqual(tableName('person'), { schema: null, table: 'person' })
  assert.deepEqual(tableName('hr.person'), { schema: 'hr', table: 'person' })
  assert.deepEqual(tableName('"hr.eu"."per""son"'), { schema: 'hr.eu', table: 'per"son' })
})

test('the fields that hold secrets are marked, so that the dashboard hides them', () => {
  const secret = (schema: v.GenericSchema) => JSON.stringify(v.getMetadata(schema as never)).includes('"secret":true')
  const entries = SqlConfig.pipe[0].entries

  assert.equal(secret(entries.password.wrapped.wrapped), true)
  assert.equal(secret(entries.url.wrapped.wrapped), true)
})
