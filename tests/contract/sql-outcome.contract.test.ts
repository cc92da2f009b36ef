/** What becomes of a COMMIT that PostgreSQL does not answer in time: no timeout of a statement ends it, and reading back would see nothing of it yet. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import pino from 'pino'
import * as v from 'valibot'
import type { Connection } from '#connectors/kit/connector.ts'
import { perform } from '#connectors/kit/session.ts'
import { sql } from '#connectors/sql/index.ts'
import { openPostgres, type TestPostgres } from '#tests/harness/postgres.ts'
import { changeFor, changeOf, desired } from './bench.ts'

/** The transaction that leaves a row with this many seconds takes so long to commit. */
const schema = `
CREATE TABLE person (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, login text UNIQUE, seconds numeric NOT NULL DEFAULT 0);
CREATE FUNCTION linger() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(NEW.seconds); RETURN NULL; END $$;
CREATE CONSTRAINT TRIGGER late AFTER INSERT OR UPDATE ON person DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION linger();`

describe('a COMMIT that is not answered', () => {
  let server: TestPostgres
  let connection: Connection
  before(async () => {
    server = await openPostgres()
    await server.createDatabase('app')
    await server.query('app', schema)
    const settings = { dialect: 'postgres', url: server.urlOf('app'), table: 'person', key: 'id', statementTimeoutMs: 1_000 }
    connection = sql.connect(v.parse(sql.config, settings), { target: 'app', log: pino({ level: 'silent' }) })
  })
  after(async () => {
    await connection[Symbol.asyncDispose]()
    await server[Symbol.asyncDispose]()
  })
  const open = () => connection.open({ signal: AbortSignal.timeout(20_000) })
  const person = (login: string, seconds: string) => ({
    attributes: { login: [login], seconds: [seconds] },
    correlate: { login: [login] },
  })
  const logins = async () => (await server.query('app', 'SELECT login FROM person ORDER BY login')).map(({ login }) => login)

  test('is waited for, and counts when it was made', async () => {
    await using driver = await open()

    const { disposition, after: made } = await perform(driver, changeFor(person('ada', '2.5'), 'create'), null)

    assert.deepEqual([disposition, made?.attributes['login'], await logins()], ['created', ['ada'], ['ada']])
  })

  test('is ended when it goes on, so that what is said not to have happened does not happen later', async () => {
    await using driver = await open()
    await using other = await open()
    const { after: bob } = await perform(driver, changeFor(person('bob', '0'), 'create'), null)
    assert.ok(bob !== null)
    const slower = changeOf(bob, 'update', { attributes: desired({ login: ['bobby'], seconds: ['4.5'] }) })

    const given = { code: 'transient', sent: 'no' }
    await Promise.all([
      assert.rejects(perform(driver, slower, bob), given),
      assert.rejects(perform(other, changeFor(person('eve', '4.5'), 'create'), null), given),
    ])

    const standing = await other.find({ nativeId: bob.nativeId, correlate: {} })
    await sleep(2_000)
    assert.deepEqual(standing?.attributes['login'], ['bob'])
    assert.deepEqual(await logins(), ['ada', 'bob'])
  })

  test('counts when it waits for a standby that does not come: it is made here already', async () => {
    await using driver = await open()
    const standby = async (name: string) => {
      await server.query('app', `ALTER SYSTEM SET synchronous_standby_names = '${name}'`)
      await server.query('app', 'SELECT pg_reload_conf()')
      await sleep(200)
    }
    await standby('nobody')

    const { disposition } = await perform(driver, changeFor(person('zoe', '0'), 'create'), null)

    await standby('')
    assert.deepEqual([disposition, (await logins()).includes('zoe')], ['created', true])
  })
})
