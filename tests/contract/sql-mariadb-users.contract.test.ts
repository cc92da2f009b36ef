/** What users of MariaDB have alone: several ways in, a default role, rights that come back. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { compensate, perform } from '#connectors/kit/session.ts'
import { openMariadb } from '#tests/harness/mariadb.ts'
import { carryOut, changeOf, created, desired } from './bench.ts'
import { again, openUsersBench, secrets, type UsersBench } from './sql-users-bench.ts'

let bench: UsersBench
before(async () => {
  bench = await openUsersBench(openMariadb())
})
after(() => bench[Symbol.asyncDispose]())

test('rights of a user’s own, ways in, and rights to put others in come back after an undone deletion', async () => {
  const { driver, query, person } = bench
  const account = await created(driver, person(), { secrets })
  const to = `'${account.attributes['name']?.[0]}'@'%'`
  await query(
    `GRANT SELECT, INSERT ON test.* TO ${to} WITH GRANT OPTION; GRANT SELECT (\`b\`\`b\`), UPDATE ON test.t TO ${to}; GRANT PROCESS ON *.* TO ${to}`,
  )
  await query(`GRANT admins TO ${to} WITH ADMIN OPTION; GRANT staff TO ${to}; SET DEFAULT ROLE staff FOR ${to}`)
  await query(`ALTER USER ${to} IDENTIFIED VIA mysql_native_password USING PASSWORD('x') OR unix_socket ACCOUNT LOCK`)
  const shown = async () => JSON.stringify([await query(`SHOW GRANTS FOR ${to}`), await query(`SHOW CREATE USER ${to}`)])
  const [full, grants] = [await again(driver, account), await shown()]

  const undone = await compensate(driver, await carryOut(driver, changeOf(account, 'delete')))

  assert.deepEqual([undone.outcome, 'remains' in undone && undone.remains], ['undone', []])
  assert.deepEqual(await again(driver, account), full)
  assert.equal(await shown(), grants)
  assert.deepEqual(full?.attributes['privileges']?.length, 5)
})

test('a change of several statements whose last is refused leaves nothing of the first', async () => {
  const { driver, query, person } = bench
  const account = await created(driver, person(), { memberships: { add: ['admins'], remove: [] }, secrets })
  const before = await query(`SHOW CREATE USER '${account.attributes['name']?.[0]}'@'%'`)
  const change = changeOf(account, 'update', {
    attributes: desired({ maxUserConnections: [7], defaultRole: ['nobody'] }),
    memberships: { add: ['staff'], remove: [] },
    secrets: { password: 'Second-pass-2!' },
  })

  await assert.rejects(perform(driver, change, account), { code: 'not_found' })

  assert.deepEqual(await query(`SHOW CREATE USER '${account.attributes['name']?.[0]}'@'%'`), before)
  assert.deepEqual(await again(driver, account), account)
})
