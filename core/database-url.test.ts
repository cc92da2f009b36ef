import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toDatabaseAddress } from './database-url.ts'

test('a host of the network stays as it is, with all its parameters', () => {
  for (const url of [
    'postgres://u:p%40ss@db:5432/passerelle?sslmode=require',
    'postgres://a:1,b:2/passerelle',
    'postgres://db',
    'postgres://%zz/x',
  ])
    assert.deepEqual(toDatabaseAddress(url), { url, options: {} })
})

test('the folder of a Unix socket is told apart, in each way that libpq knows', () => {
  const host = '/run/postgresql'
  const told = (url: string) => toDatabaseAddress(url)
  assert.deepEqual(told('postgres:///passerelle?host=/run/postgresql'), { url: 'postgres:///passerelle', options: { host } })
  assert.deepEqual(told('postgres://u:p@/passerelle?host=%2Frun%2Fpostgresql&sslmode=disable'), {
    url: 'postgres://u:p@localhost/passerelle?sslmode=disable',
    options: { host },
  })
  assert.deepEqual(told('postgres://u:p@localhost:5433/passerelle?host=/run/postgresql'), {
    url: 'postgres://u:p@localhost:5433/passerelle',
    options: { host },
  })
  assert.deepEqual(told('postgresql://%2Frun%2Fpostgresql/passerelle').options, { host })
})
