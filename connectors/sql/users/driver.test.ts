import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as v from 'valibot'
import { SqlConfig } from '../config.ts'
import { usersOf } from './driver.ts'

const config = v.parse(SqlConfig, { mode: 'accounts', dialect: 'mysql', host: 'db', database: 'mysql' })

test('a server says itself whose users it keeps; one that is too old is refused with what is handled', () => {
  for (const version of ['11.4.2-MariaDB', '5.5.5-10.11.6-MariaDB-log'])
    assert.equal(usersOf('crm', config, version).title, 'MariaDB')
  for (const version of ['8.0.24', '8.0.36-28', '8.4.0', '9.7.4-2']) assert.equal(usersOf('crm', config, version).title, 'MySQL')
  for (const version of ['8.0.23', '5.7.44-log', ''])
    assert.throws(() => usersOf('crm', config, version), { code: 'config', sent: 'no', message: /8\.0\.24 and later/ })
})
