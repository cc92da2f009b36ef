/**
 * What targets say of themselves: asked by a connection test, by the command line, and once a day by a worker; and administrators are told before what
 * the gateway logs in with ends. The end is that of a real role of PostgreSQL.
 */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import pino from 'pino'
import { connectors } from '#connectors/index.ts'
import { openTargets } from '#connectors/open-targets.ts'
import { createLocalCache } from '#core/cache.ts'
import { openDatabase } from '#core/database.ts'
import type { Plan } from '#core/plan.ts'
import { openLedger } from '#core/ledger/index.ts'
import { createSealer } from '#core/sealing.ts'
import { openTargetWatch } from '#core/target-watch.ts'
import type { Notification, Page, TargetDetail } from '#server/api/types.ts'
import { surveyOnce } from '#workers/surveys.ts'
import { openPeople } from '#tests/harness/approvals.ts'
import { until } from '#tests/harness/leavers.ts'
import { openMailServer, type TestMailServer } from '#tests/harness/smtp.ts'
import { shippedRules, sqlTargets, targetDatabase } from '#tests/harness/sql-targets.ts'
import { openWorld, type World } from '#tests/harness/world.ts'

let mail: TestMailServer
let world: World
let admin: Record<string, string>
before(async () => {
  mail = await openMailServer()
  world = await openWorld({
    engine: 'postgres',
    async targets(postgres) {
      const { directory, intranet: own } = (await sqlTargets(postgres)) as Record<'directory' | 'intranet', { config: object }>
      const grants = `create role gateway login password 'gateway'; grant usage on schema intranet to gateway;
        grant all on all tables in schema intranet to gateway; alter role gateway valid until '${inDays(400)}';
        create role limited login createrole password 'gateway'`
      await postgres.query(targetDatabase, grants)
      const urlFor = (user: string) => {
        const url = new URL(postgres.urlOf(targetDatabase))
        return Object.assign(url, { username: user, password: 'gateway' }).href
      }
      return {
        directory,
        intranet: { ...own, config: { ...own.config, url: urlFor('gateway') } },
        roles: { connector: 'sql', config: { dialect: 'postgres', mode: 'accounts', url: urlFor('limited') } },
        closed: { connector: 'sql', config: { ...own.config, url: 'postgres://nobody:secret@127.0.0.1:1/nothing' } },
      }
    },
    ruleSet: shippedRules(),
    variables: { SMTP_URL: mail.url, SMTP_CA_FILE: mail.caFile, MAIL_FROM: 'passerelle@example.org', PUBLIC_URL: 'http://gate' },
  })
  admin = await world.login()
  for (const [name, address] of [
    ['admin', 'admin@example.org'],
    ['oscar', 'oscar@example.org'],
  ] as const) {
    if (name === 'oscar') await openPeople(world, { oscar: 'operator' })
    assert.equal((await world.cli('people', 'email', name, address)).code, 0)
  }
})
after(async () => {
  await world?.[Symbol.asyncDispose]()
  await mail?.[Symbol.asyncDispose]()
})

const inDays = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().replace(/\.\d+Z$/, 'Z')
const detailOf = async (name: string) => (await world.call<TargetDetail>('GET', `/api/v1/targets/${name}`, undefined, admin)).body
const testTarget = (name: string) => world.call('POST', `/api/v1/targets/${name}/test`, undefined, admin)
const endsIn = async (days: number) => {
  const end = inDays(days)
  await world.postgres.query(targetDatabase, `alter role gateway valid until '${end}'`)
  return end
}

/** What a worker does once in a while, with all that a worker has; answers with what it logged. */
async function survey(): Promise<readonly Record<string, unknown>[]> {
  const lines: string[] = []
  const log = pino({ level: 'warn' }, { write: (line: string) => void lines.push(line) })
  await using database = await openDatabase({ url: world.databaseUrl, name: 'surveying' })
  const { sql } = database
  const ledger = openLedger({ database, sealer: createSealer(world.variables['PASSERELLE_KEY'] ?? ''), log })
  await using watch = await openTargetWatch({ sql, log })
  await using targets = await openTargets({ database, ledger, connectors, log, cache: createLocalCache() })
  await surveyOnce({ sql, targets, watch, log }, AbortSignal.timeout(20_000))
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>)
}

const warnings = async () => (await survey()).filter(({ alert }) => alert === true)

test('a target that passed its test says what it is and when its login ends, until its configuration changes', async () => {
  const declared = await detailOf('intranet')
  const [until] = (await world.postgres.query(
    targetDatabase,
    `select rolvaliduntil from pg_roles where rolname = 'gateway'`,
  )) as [{ rolvaliduntil: Date }]

  await testTarget('intranet')
  const { survey, capabilities } = await detailOf('intranet')
  const metrics = await (await fetch(`${world.url}/metrics`, { headers: admin })).text()
  await world.query(`update passerelle.target set revision = revision + 1 where name = 'intranet'`)
  await world.query(`select pg_notify('passerelle_configuration', '')`)
  const changed = await detailOf('intranet')

  assert.deepEqual([declared.survey, declared.capabilities?.undo.password], [null, 'exact'])
  assert.match(survey?.system ?? '', /^PostgreSQL \d+\.\d+$/)
  assert.equal(Date.parse(survey?.secretEndsAt ?? ''), new Date(until.rolvaliduntil).getTime())
  assert.ok(Math.abs(Date.parse(survey?.surveyedAt ?? '') - Date.now()) < 60_000)
  assert.deepEqual(capabilities, declared.capabilities)
  const ends = /^passerelle_target_access_ends_time_seconds\{target="intranet"\} (.+)$/m.exec(metrics)?.[1]
  assert.equal(Number(ends) * 1000, new Date(until.rolvaliduntil).getTime())
  assert.equal(changed.survey, null)
})

test('what a target says does not hold there is not shown as what it can', async () => {
  const declared = await detailOf('roles')

  await testTarget('roles')
  const { capabilities, survey } = await detailOf('roles')

  assert.equal(declared.capabilities?.undo.password, 'exact')
  assert.deepEqual(capabilities?.undo, { ...declared.capabilities?.undo, password: 'reset' })
  assert.deepEqual(
    survey?.facts.map(({ code }) => code),
    ['sql.hiddenVerifiers'],
  )
})

test('a server that hears what a target cannot undo plans it for the last phase from then on', async () => {
  await world.submit({
    ...{ kind: 'create', externalId: 'S-1' },
    attributes: { givenName: 'Ada', familyName: 'Last', organizationalUnit: 'Finance' },
  })
  const wish = { kind: 'password', externalId: 'S-1', secrets: { password: 'Chosen-pass-1!' } }
  const phase = async () => {
    const { body } = await world.call<{ plan: Plan }>('POST', '/api/v1/requests?dryRun=true', wish)
    return body.plan.steps.flatMap(({ target, phase = 'main' }) => (target === 'directory' ? [phase] : [])).join()
  }
  const before = await phase()
  await testTarget('directory')
  const narrows = { undo: { password: 'reset' } }

  await world.query(`update passerelle.target_survey set survey = survey || $1::jsonb where target = 'directory'`, [{ narrows }])
  await world.query(`select pg_notify('passerelle_surveys', 'directory')`)

  assert.equal(before, 'main')
  await until(async () => (await phase()) === 'last')
})

test('the command line asks too, and says what it was told', async () => {
  const { code, output } = await world.cli('targets', 'test', 'intranet')

  assert.equal(code, 0, output)
  assert.match(output, /· PostgreSQL \d+\.\d+\n {4}· what the gateway logs in with ends on \d{4}-\d\d-\d\d$/m)
  assert.notEqual((await detailOf('intranet')).survey, null)
})

test('a worker asks once a day, each target once; one that cannot be asked hinders no other', async () => {
  const logged = await survey()
  const again = await survey()

  assert.match((await detailOf('directory')).survey?.system ?? '', /^PostgreSQL/)
  assert.equal((await detailOf('closed')).survey, null)
  assert.deepEqual(
    logged.map(({ target, msg }) => [target, msg]),
    [['closed', 'the target could not be asked what it can']],
  )
  assert.deepEqual(again, [])
})

test('from two weeks before what the gateway logs in with ends, administrators are told, once a week, until it is renewed', async () => {
  const end = await endsIn(10)
  await testTarget('intranet')

  const logged = await warnings()
  const again = await warnings()
  await mail.received('admin@example.org')
  const told = (await world.call<Page<Notification>>('GET', '/api/v1/notifications', undefined, admin)).body.items
  await endsIn(400)
  await testTarget('intranet')
  await world.query(`update passerelle.target_survey set warned_at = null`)

  assert.deepEqual(
    logged.map(({ target, endsAt, alert }) => [target, endsAt, alert]),
    [['intranet', end.replace('Z', '.000Z'), true]],
  )
  assert.deepEqual(again, [])
  assert.deepEqual(
    told.map(({ kind, target, requestId, recipient }) => [kind, target, requestId, recipient]),
    [['secret_ends', 'intranet', null, 'person:admin']],
  )
  assert.deepEqual(
    mail.mails.map(({ to }) => to),
    [['admin@example.org']],
  )
  assert.match(mail.mails[0]?.raw ?? '', /http:\/\/gate\/targets\/intranet/)
  assert.deepEqual(await warnings(), [])
})

test('in the last three days they are told each day, and afterwards too', async () => {
  await endsIn(2)
  await testTarget('intranet')
  const first = await warnings()
  const passes = (hours: number) =>
    world.query(`update passerelle.target_survey set warned_at = warned_at - interval '${hours} hours'`)

  await passes(23)
  const sameDay = await warnings()
  await passes(2)
  const nextDay = await warnings()

  assert.deepEqual([first.length, sameDay.length, nextDay.length], [1, 0, 1])
})
