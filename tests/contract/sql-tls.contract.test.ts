/**
 * Logins over TLS and without: a certificate that is trusted, one that is not, and a password that must not need TLS where it was turned off.
 * MySQL's own way of proving a password differs between the two.
 */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import pino from 'pino'
import * as v from 'valibot'
import type { Connection } from '#connectors/kit/connector.ts'
import { testConnection } from '#connectors/kit/probe.ts'
import { sql } from '#connectors/sql/index.ts'
import { makeCertificate } from '#tests/harness/certificate.ts'
import { removeFolder, temporaryFolder } from '#tests/harness/daemon.ts'
import { openMariadb } from '#tests/harness/mariadb.ts'
import { hasMysql, openMysql } from '#tests/harness/mysql.ts'
import type { TestMysql } from '#tests/harness/mysql-server.ts'

for (const [name, open] of [['MariaDB', openMariadb] as const, ...(hasMysql ? [['MySQL', openMysql] as const] : [])])
  describe(`TLS (${name})`, { timeout: 60_000 }, () => {
    const folder = temporaryFolder('certificate', null)
    const ca = makeCertificate(folder)
    let server: TestMysql
    before(async () => {
      const [certificate, key] = [`${folder}/ca.pem`, `${folder}/key.pem`]
      server = await open({ settings: { 'ssl-ca': certificate, 'ssl-cert': certificate, 'ssl-key': key } })
      await server.query('test', 'CREATE TABLE person (id int PRIMARY KEY)')
      await server.query('test', `CREATE USER careful@'127.0.0.1' IDENTIFIED BY 'First-pass-1!' REQUIRE SSL`)
      await server.query('test', `GRANT ALL ON test.* TO careful@'127.0.0.1'`)
    })
    after(async () => {
      await server[Symbol.asyncDispose]()
      removeFolder(folder)
    })
    const careful = { user: 'careful', password: 'First-pass-1!' }
    const connect = (tls: object, login: object = careful): Connection => {
      const { host, port } = server
      const config = { dialect: 'mysql', host, port, database: 'test', table: 'person', key: 'id', keyFrom: 'id', tls, ...login }
      return sql.connect(v.parse(sql.config, config), { target: 'app', log: pino({ level: 'silent' }) })
    }
    const checks = async (connection: Connection) => {
      await using tested = connection
      return (await testConnection(tested, AbortSignal.timeout(10_000))).checks
    }

    test('a certificate of the authority that was given is trusted, and the login goes through encrypted', async () => {
      const told = await checks(connect({ mode: 'verify', ca }))

      assert.ok(told.every(({ ok }) => ok))
      assert.equal(told.find(({ check }) => check === 'tls')?.message, 'encrypted')
    })

    test('a certificate that nobody vouches for ends the test at tls, unless it was said not to look', async () => {
      const [refused, unseen] = [await checks(connect({ mode: 'verify' })), await checks(connect({ mode: 'encrypt' }))]

      assert.deepEqual([refused.at(-1)?.check, refused.at(-1)?.ok], ['tls', false])
      assert.ok(unseen.every(({ ok }) => ok))
    })

    test('without TLS a password proves as well, and who must use TLS is refused the login', async () => {
      const { user, password } = server
      const [plain, refused] = [
        await checks(connect({ mode: 'off' }, { user, password })),
        await checks(connect({ mode: 'off' })),
      ]

      assert.ok(plain.every(({ ok }) => ok))
      assert.deepEqual([refused.at(-1)?.check, refused.at(-1)?.ok], ['login', false])
    })
  })
