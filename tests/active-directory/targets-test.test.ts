/** `npm run cli -- targets test` on a domain: every step by its name, and the one that fails with what to do. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mock, test } from 'node:test'
import { openDatabase } from '#core/database.ts'
import { openLedger } from '#core/ledger/index.ts'
import { createLog } from '#core/log.ts'
import { migrate } from '#core/migrate.ts'
import { createSealer } from '#core/sealing.ts'
import { connectors } from '#connectors/index.ts'
import { testTargets } from '#server/cli/targets.ts'
import { settingsOf } from '#tests/contract/active-directory-fixture.ts'
import { openPostgres } from '#tests/harness/postgres.ts'
import { openSamba } from '#tests/harness/samba.ts'

test('the command says each step of a good domain, and of others the step that fails and what to do', async () => {
  await using samba = await openSamba()
  await using postgres = await openPostgres()
  await using database = await openDatabase({ url: await postgres.createDatabase('ledger'), name: 'test' })
  await migrate(database.sql)
  const log = createLog('warn', 'test')
  const ledger = openLedger({ database, sealer: createSealer(randomBytes(32).toString('base64')), log })
  const good = settingsOf(samba)
  const targets = {
    good,
    untrusted: { ...good, ca: null },
    stranger: { ...good, bindPassword: 'wrong-secret' },
    weak: { ...good, bindDn: samba.reader.dn, bindPassword: samba.reader.password },
  }
  for (const [name, config] of Object.entries(targets))
    await database.sql`insert into target (name, connector, config) values (${name}, 'active-directory', ${database.sql.json(config)})`
  const lines: string[] = []
  const printed = mock.method(console, 'log', (line: string) => void lines.push(line))

  const answers: boolean[] = []
  for (const name of Object.keys(targets)) answers.push(await testTargets({ database, ledger, connectors, log, names: [name] }))
  printed.mock.restore()

  const failed = lines.filter((line) => line.startsWith('    ✕')).map((line) => line.trim().split(/\s+/)[1])
  assert.deepEqual(answers, [true, false, false, false])
  assert.deepEqual(failed, ['tls', 'login', 'rights'])
  assert.match(lines.join('\n'), /the password is wrong, or there is no such account — Check bindDn/)
  assert.match(lines.join('\n'), /may not make accounts of the class user in OU=people.* — Delegate/)
  assert.doesNotMatch(lines.join('\n'), /wrong-secret/)
})
