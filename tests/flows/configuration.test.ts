/** The configuration as code: applied once, told where it is wrong, its secrets sealed; and the audit trail that shows what was done to it. */
import assert from 'node:assert/strict'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, afterEach, before, describe, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import type { Plan } from '#core/plan.ts'
import { findPerson, shippedRules, sqlTargets, targetDatabase } from '#tests/harness/sql-targets.ts'
import { openWorld, type World } from '#tests/harness/world.ts'

const extraKey = `extra_${'k'.repeat(40)}`

let world: World
before(async () => {
  world = await openWorld({
    engine: 'postgres',
    targets: sqlTargets,
    ruleSet: shippedRules(),
    sources: { extra: { credentials: [{ apiKey: extraKey }] } },
  })
})
after(() => world[Symbol.asyncDispose]())

/** What the configuration and the audit trail hold. */
async function stored(): Promise<string> {
  const tables = ['source', 'source_credential', 'target', 'rule_version', 'rule_set_policy', 'sealed', 'audit', 'audit_head']
  const rows = await Promise.all(tables.map((table) => world.query(`select row::text from passerelle.${table} row order by 1`)))
  return JSON.stringify(rows)
}

/** Resolves once `isSo`; the processes are told of a changed configuration, they do not look for it. */
async function soon(isSo: () => Promise<boolean>): Promise<void> {
  for (let left = 100; left > 0; left--) {
    if (await isSo()) return
    await delay(20)
  }
  assert.fail('it did not happen within two seconds')
}

function newcomer(externalId: string, familyName: string) {
  return { kind: 'create', externalId, attributes: { givenName: 'Ada', familyName } }
}

function withTitle(title: string): Record<string, unknown> {
  const rules = structuredClone(shippedRules()) as { targets: { directory: { attributes: Record<string, unknown> } } }
  rules.targets.directory.attributes['title'] = JSON.stringify(title)
  return rules
}

const plannedVersion = async () =>
  (await world.call<{ plan: Plan }>('POST', '/api/v1/requests?dryRun=true', newcomer('dry', 'Dry'))).body.plan.ruleSet.version

describe('applying', () => {
  test('the same configuration twice changes nothing, and says so', async () => {
    const before = await stored()

    const { code, output } = await world.cli('apply')

    assert.deepEqual([code, output.trim()], [0, 'Everything is as configured.'])
    assert.equal(await stored(), before)
  })

  test('a rule set whose text changed is a new version; what was planned before keeps the old one to its end', async () => {
    const lock = await world.postgres.hold(targetDatabase, 'lock table directory.person in exclusive mode')
    const planned = await world.submit(newcomer('v1', 'Versioned'), { Prefer: 'respond-async' })
    const queued = await world.submit(
      { kind: 'update', externalId: 'v1', attributes: { organizationalUnit: 'Legal' } },
      { Prefer: 'respond-async' },
    )

    world.configure({ ruleSet: withTitle('of version 2') })
    const { output } = await world.cli('apply')
    await soon(async () => (await plannedVersion()) === 2)
    await lock[Symbol.asyncDispose]()
    const ended = await Promise.all([planned, queued].map(({ body }) => world.settled(body.id)))
    const title = (await findPerson(world, 'Versioned'))?.title
    const later = await world.submit({ kind: 'update', externalId: 'v1', attributes: { telephoneNumber: '1' } })

    assert.match(output, /Changed: rule set default/)
    assert.deepEqual(
      ended.map(({ state, plan }) => [state, plan.ruleSet.version]),
      [
        ['succeeded', 1],
        ['succeeded', 1],
      ],
    )
    assert.deepEqual(
      [title, later.body.plan.ruleSet.version, (await findPerson(world, 'Versioned'))?.title],
      [null, 2, 'of version 2'],
    )
    assert.deepEqual(await world.query('select version from passerelle.rule_set order by 1'), [{ version: 1 }, { version: 2 }])
  })

  test('a target’s secret is sealed, and when it is renewed the old one is gone and the new one is used', async () => {
    const config = (password: string) => {
      const { config: known } = world.targets['directory'] as { config: Record<string, unknown> }
      const { url: _, ...rest } = known
      const { host, port } = world.postgres
      return {
        ...world.targets,
        directory: { connector: 'sql', config: { ...rest, host, port, database: targetDatabase, user: 'gateway', password } },
      }
    }
    await world.postgres.query('postgres', `create role gateway superuser login password 'Old-Secret-1'`)
    world.configure({ targets: config('Old-Secret-1'), ruleSet: withTitle('of version 2') })
    await world.cli('apply')
    const withOld = await world.query(`select id from passerelle.sealed where purpose = 'target|config' order by 1`)
    assert.equal((await world.submit(newcomer('old', 'Oldsecret'))).body.state, 'succeeded')

    await world.postgres.query('postgres', `alter role gateway password 'New-Secret-2'`)
    world.configure({ targets: config('New-Secret-2'), ruleSet: withTitle('of version 2') })
    const { output } = await world.cli('apply')
    const withNew = await world.query(`select id from passerelle.sealed where purpose = 'target|config' order by 1`)
    await world.postgres.query('postgres', `select pg_terminate_backend(pid) from pg_stat_activity where usename = 'gateway'`)
    const renewed = await world.submit(newcomer('new', 'Newsecret'))

    assert.match(output, /Changed: target directory/)
    assert.equal(renewed.body.state, 'succeeded')
    assert.equal(withNew.length, withOld.length)
    assert.notDeepEqual(withNew, withOld)
    assert.doesNotMatch(await world.postgres.dump('passerelle'), /(Old|New)-Secret/)
  })

  test('a source that is removed is refused at once, though its key was remembered', async () => {
    const call = (key: string) => world.call('GET', '/api/v1/requests', undefined, { Authorization: `Bearer ${key}` })
    assert.equal((await call(extraKey)).status, 200)

    world.configure({ sources: {} })
    const { output } = await world.cli('apply')

    assert.match(output, /source extra closed/)
    await soon(async () => (await call(extraKey)).status === 401)
    assert.equal((await call(world.apiKey)).status, 200)
  })
})

describe('a wrong configuration', () => {
  /** Checks a document, beside the world's rule set. */
  async function check(text: string): Promise<{ code: number; output: string }> {
    const folder = mkdtempSync(join(world.folder, 'wrong-'))
    writeFileSync(join(folder, 'wrong.yaml'), text)
    return world.cli('check', join(folder, 'wrong.yaml'))
  }

  test('is told with file, line and column for everything that is wrong, quoting no value', async () => {
    const { code, output } = await check(
      [
        'sources:', //
        '  hr:',
        '    credentials:',
        '      - basic: { user: hr, password: "${NO_SUCH_VARIABLE}" }',
        'targets:',
        '  erp:',
        '    connector: sqll',
        '    config: {}',
        '  crm:',
        '    connector: sql',
        '    config: { dialect: postgres, url: Canary-Secret-1, table: t, key: id }',
        'ruleSets:',
        '  - missing.yaml',
      ].join('\n'),
    )

    assert.equal(code, 1)
    for (const line of [
      'wrong.yaml:4:38 sources.hr.credentials.0.basic.password: the environment variable NO_SUCH_VARIABLE is not set',
      'wrong.yaml:7:16 targets.erp.connector: there is no connector named sqll',
      /wrong\.yaml:11:\d+ targets\.crm\.config\.url: The URL begins with postgres/,
      'wrong.yaml:13:5 ruleSets.0: the rule set missing.yaml cannot be read',
    ])
      assert.ok(typeof line === 'string' ? output.includes(line) : line.test(output), `${line}\n--\n${output}`)
    assert.doesNotMatch(output, /Canary-Secret/)
  })

  test('is told where a name stands twice, where the YAML breaks, and where a password is no text', async () => {
    const twice = await check('targets:\n  erp: { connector: sql, config: {} }\n  erp: { connector: sql, config: {} }\n')
    const syntax = await check('targets:\n  erp:\n    config: { password: ${SECRET}, Canary-Secret-2: x }\n')
    const number = await check('sources:\n  hr:\n    credentials:\n      - basic: { user: hr, password: 7431743174 }\n')

    assert.deepEqual([twice.code, syntax.code, number.code], [1, 1, 1])
    assert.match(syntax.output, /wrong\.yaml:3:\d+ \w+/)
    assert.doesNotMatch(syntax.output, /Canary-Secret/)
    assert.match(twice.output, /wrong\.yaml:3:3 /)
    assert.match(number.output, /wrong\.yaml:4:\d+ sources\.hr\.credentials/)
    assert.doesNotMatch(number.output, /7431743174/)
  })

  test('is not applied in any part', async () => {
    const before = await stored()
    world.configure({ targets: { ...world.targets, erp: { connector: 'sqll', config: {} } }, ruleSet: withTitle('of version 3') })

    const { code, output } = await world.cli('apply')
    world.configure({})

    assert.equal(code, 1)
    assert.match(output, /passerelle\.yaml:\d+:\d+ targets\.erp\.connector/)
    assert.equal(await stored(), before)
  })

  test('a good one is summed up', async () => {
    const { code, output } = await world.cli('check', join(world.folder, 'passerelle.yaml'))

    assert.deepEqual([code, output.trim()], [0, 'Sources: test, other, extra; targets: directory, intranet; rule sets: default'])
  })
})

test('the command line tells wrong usage from what is wrong', async () => {
  const [help, unknown, half, missing] = await Promise.all([
    world.cli(),
    world.cli('aply'),
    world.cli('audit'),
    world.cli('check', '/nowhere/passerelle.yaml'),
  ])

  assert.deepEqual([help.code, unknown.code, half.code, missing.code], [0, 2, 2, 1])
  assert.match(help.output, /audit verify/)
  assert.match(missing.output, /cannot be read/)
})

describe('the audit trail', () => {
  /** A superuser can switch the trigger off and do as they like; the chain shows it. */
  async function tamper(statement: string): Promise<void> {
    await world.query(
      `alter table passerelle.audit disable trigger audit_append_only; ${statement}; alter table passerelle.audit enable trigger audit_append_only`,
    )
  }
  before(async () => {
    await world.submit(newcomer('trail', 'Trail'))
    await world.query('create table public.audit_kept as select * from passerelle.audit')
  })
  afterEach(() => tamper('truncate passerelle.audit; insert into passerelle.audit select * from public.audit_kept'))

  const brokenAt = async () => /broken at record (\d+)/.exec((await world.cli('audit', 'verify')).output)?.[1]
  const lastSeq = async () => String((await world.query('select max(seq) as seq from public.audit_kept'))[0]?.['seq'])

  test('is whole after all that happened here', async () => {
    const { code, output } = await world.cli('audit', 'verify')

    assert.deepEqual([code, output.trim()], [0, 'The audit chain is whole.'])
  })

  test('refuses changes, even those of a superuser', async () => {
    for (const statement of [
      `update passerelle.audit set actor = 'nobody'`,
      'delete from passerelle.audit',
      'truncate passerelle.audit',
    ])
      await assert.rejects(world.query(statement), /append-only/, statement)
  })

  for (const [what, change] of [
    ['an actor', `actor = 'somebody else'`],
    ['a time', `at = at + interval '1 millisecond'`],
    ['a detail', `detail = detail || '{"kind": "delete"}'`],
    ['a request', `request_id = '00000000-0000-7000-8000-000000000000'`],
  ])
    test(`shows ${what} that was edited`, async () => {
      await tamper(`update passerelle.audit set ${change} where seq = 3`)

      assert.equal(await brokenAt(), '3')
      assert.equal((await world.cli('audit', 'verify')).code, 1)
    })

  test('shows a row that was deleted, in the middle and at the end', async () => {
    await tamper('delete from passerelle.audit where seq = 4')
    const middle = await brokenAt()
    await tamper(
      'truncate passerelle.audit; insert into passerelle.audit select * from public.audit_kept where seq < (select max(seq) from public.audit_kept)',
    )

    assert.deepEqual([middle, await brokenAt()], ['4', await lastSeq()])
  })

  test('shows rows that changed places', async () => {
    await tamper(
      'update passerelle.audit set seq = -1 where seq = 3; update passerelle.audit set seq = 3 where seq = 4; update passerelle.audit set seq = 4 where seq = -1',
    )

    assert.equal(await brokenAt(), '3')
  })

  test('shows a row that was added', async () => {
    await tamper(
      "insert into passerelle.audit select max(seq) + 1, now(), 'accepted', 'nobody', null, null, '{}', '\\x00' from passerelle.audit",
    )

    assert.equal(await brokenAt(), String(Number(await lastSeq()) + 1))
  })
})
