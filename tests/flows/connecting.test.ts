/** What people need to connect a target: the kinds of systems, a target's settings, its test and its schema; and what Prometheus reads. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import type { ConnectorKind, SettingsCheck, TargetSchema, TargetSettings, TargetTest } from '#server/api/types.ts'
import { openPeople } from '#tests/harness/approvals.ts'
import { shippedRules, sqlTargets } from '#tests/harness/sql-targets.ts'
import { openWorld, type World } from '#tests/harness/world.ts'

const metricsToken = 'a-token-of-prometheus'
let world: World
let admin: Record<string, string>
before(async () => {
  world = await openWorld({
    engine: 'postgres',
    targets: async (postgres) => {
      const targets = await sqlTargets(postgres)
      const { config } = targets['intranet'] as { config: object }
      const closed = { connector: 'sql', config: { ...config, url: 'postgres://nobody:secret@127.0.0.1:1/nothing' } }
      return { ...targets, closed }
    },
    ruleSet: shippedRules(),
    variables: { WORKER_ISOLATION: 'kind', METRICS_TOKEN: metricsToken },
  })
  admin = await world.login()
})
after(() => world[Symbol.asyncDispose]())

const read = async <Body>(path: string, headers = admin) => (await world.call<Body>('GET', path, undefined, headers)).body

test('every kind of system says in both languages what it must be told', async () => {
  const { items } = await read<{ items: readonly ConnectorKind[] }>('/api/v1/connectors')

  const ldap = items.find(({ id }) => id === 'ldap')
  const field = (name: string) => ldap?.fields.find((one) => one.name === name)
  assert.ok(items.length >= 8)
  assert.deepEqual(field('bindPassword')?.secret, true)
  assert.deepEqual([field('url')?.type, field('url')?.required, field('url')?.label.fr], ['text', true, 'URL'])
  assert.deepEqual([field('poolSize')?.type, field('poolSize')?.default, field('poolSize')?.limits.max], ['whole', 8, 64])
  assert.deepEqual(field('idAttribute')?.values, ['entryUUID', 'nsUniqueId'])
  assert.deepEqual(
    field('disable')?.variants?.map(({ fields }) => fields[0]?.values),
    [['ppolicy'], ['nsAccountLock'], ['attribute'], ['move']],
  )
  for (const { id, fields } of items) for (const { name, label } of fields) assert.ok(label.fr && label.en, `${id}.${name}`)
})

test('of a kind, and of a target with its settings, it is said what can be undone, what may arrive twice, and what it bears', async () => {
  const { items } = await read<{ items: readonly ConnectorKind[] }>('/api/v1/connectors')
  const { capabilities } = await read<TargetSettings>('/api/v1/targets/directory/settings')

  const [ldap, firebase] = ['ldap', 'firebase'].map((kind) => items.find(({ id }) => id === kind))
  assert.deepEqual([ldap?.memberships, ldap?.idempotent.update, ldap?.idempotent.password], ['group', 'native', 'readback'])
  assert.deepEqual([ldap?.rate, firebase?.rate], [null, { max: 5, perMs: 1_000 }])
  assert.deepEqual([capabilities?.undo.password, capabilities?.memberships, capabilities?.lacks], ['exact', 'link', []])
})

test('settings are shown as they are applied, and of a secret only whether it is set', async () => {
  const settings = await read<TargetSettings>('/api/v1/targets/directory/settings')

  assert.equal(settings.connector, 'sql')
  assert.equal(settings.config['table'], 'directory.person')
  assert.deepEqual(settings.secrets, { url: true, password: false })
  assert.ok(!JSON.stringify(settings).includes('postgres://'))
})

test('a test names each step with its time, or the one that fails and those that were not tried', async () => {
  const run = (name: string) => world.call<TargetTest>('POST', `/api/v1/targets/${name}/test`, undefined, admin)
  const well = (await run('directory')).body
  const closed = (await run('closed')).body

  assert.equal(well.ok, true, JSON.stringify(well))
  assert.deepEqual(
    well.steps.map(({ check, state }) => [check, state]),
    ['name', 'tcp', 'tls', 'login', 'rights', 'schema'].map((check) => [check, 'passed']),
  )
  assert.ok(well.steps.every(({ milliseconds }) => milliseconds !== null))
  assert.equal(closed.ok, false)
  assert.deepEqual(
    closed.steps.map(({ check, state }) => `${check} ${state}`),
    ['name passed', 'tcp failed', 'tls not_tried', 'login not_tried', 'rights not_tried', 'schema not_tried'],
  )
  assert.ok(!JSON.stringify(closed).includes('secret'))
  assert.deepEqual(
    well.steps.filter(({ phrase }) => phrase === null),
    [],
  )
  const { code, hint, phrase } = closed.steps[1] ?? {}
  assert.deepEqual([code, hint, phrase?.code], ['transient', phrase?.en, 'egress.port'])
  assert.equal(phrase?.fr, 'Vérifiez le port, et que le serveur fonctionne.')
})

test('a test says what the rules in force write and the target does not have', async () => {
  const run = async () => (await world.call<TargetTest>('POST', '/api/v1/targets/intranet/test', undefined, admin)).body
  const well = await run()
  const rename = (from: string, to: string) =>
    world.postgres.query('targets', `alter table intranet.account rename column ${from} to ${to}`)

  await rename('full_name', 'whole_name')
  const lacking = await run()
  await rename('whole_name', 'full_name')
  const told = await world.cli('targets', 'test', 'intranet')

  assert.match(well.steps.at(-1)?.message ?? '', /what the rules write is there and can be written/)
  assert.deepEqual([lacking.ok, lacking.steps.at(-1)?.check, lacking.steps.at(-1)?.state], [false, 'schema', 'failed'])
  assert.match(lacking.steps.at(-1)?.message ?? '', /do not have: full_name$/)
  assert.match(told.output, /what the rules write is there/)
})

test('the schema is read once and kept, until somebody asks for it anew', async () => {
  const first = await read<TargetSchema>('/api/v1/targets/directory/schema')
  await world.postgres.query('targets', 'alter table directory.person add column nickname varchar(12)')
  const kept = await read<TargetSchema>('/api/v1/targets/directory/schema')
  const anew = await read<TargetSchema>('/api/v1/targets/directory/schema?refresh=true')

  const nickname = anew.attributes.find(({ name }) => name === 'nickname')
  assert.deepEqual(kept, first)
  assert.deepEqual(first.attributes.find(({ name }) => name === 'login')?.unique, true)
  assert.deepEqual([nickname?.type, nickname?.maxLength, nickname?.required], ['string', 12, false])
})

test('settings are judged by the schema that judges the configuration, and come back as its entry', async () => {
  const check = (config: object) =>
    world.call<SettingsCheck>('POST', '/api/v1/connectors/sql/check', { name: 'hr', config }, admin).then(({ body }) => body)
  const right = await check({ dialect: 'postgres', url: '${HR_URL}', table: 'person', key: 'id' })
  const wrong = await check({ dialect: 'oracle', url: '${HR_URL}', table: 5 })
  const both = await check({ dialect: 'mysql', host: 'db', table: 'person', key: 'id' })

  assert.deepEqual([right.ok, right.problems], [true, []])
  assert.match(right.yaml, /^targets:\n {2}hr:\n {4}connector: sql\n {4}config:\n {6}dialect: postgres\n {6}url: \$\{HR_URL\}\n/)
  assert.deepEqual(wrong.problems.map(({ path }) => path).sort(), ['/dialect', '/table'])
  assert.deepEqual(
    wrong.problems.map(({ phrase }) => phrase?.fr),
    ['C’est l’un de ceux-ci : postgres, mysql', 'C’est un texte'],
  )
  assert.deepEqual(
    both.problems.map(({ message, phrase }) => [message, phrase?.code, phrase?.fr]),
    [['Give url, or host and database', 'sql.urlOrHost', 'Donnez url, ou host et database']],
  )
})

test('settings and tests are for those who operate targets', async () => {
  const people = await openPeople(world, { reader: 'reader', operator: 'operator' })
  const paths = [
    ['GET', '/api/v1/targets/directory/settings'],
    ['POST', '/api/v1/targets/directory/test'],
    ['GET', '/api/v1/targets/nowhere/settings'],
  ] as const
  const statuses = (headers: Record<string, string>) =>
    Promise.all(paths.map(async ([method, path]) => (await world.call(method, path, undefined, headers)).status))

  assert.deepEqual(await statuses(people.reader), [403, 403, 403])
  assert.deepEqual(await statuses(people.operator), [200, 200, 404])
})

test('metrics tell of requests, steps, targets, caches and every process; and only to who may know', async () => {
  const done = await world.submit({
    kind: 'create',
    externalId: 'M-1',
    attributes: { givenName: 'Ada', familyName: 'Metric', organizationalUnit: 'Finance' },
  })
  const ask = async (headers: Record<string, string>) => (await fetch(`${world.url}/metrics`, { headers })).status
  // A process tells of itself every five seconds.
  await delay(6_000)
  const text = await (await fetch(`${world.url}/metrics`, { headers: { Authorization: `Bearer ${metricsToken}` } })).text()

  assert.ok(done.status < 300)
  assert.match(text, /^passerelle_requests\{state="queued"\} \d+$/m)
  assert.match(text, /^passerelle_target_condition\{target="directory",condition="ok"\} 1$/m)
  assert.match(text, /^passerelle_target_oldest_waiting_seconds\{target="directory"\} [\d.]+$/m)
  for (const part of ['server', 'worker-shared', 'worker-sql'])
    assert.match(text, new RegExp(`^passerelle_process_resident_bytes\\{part="${part}",process="[^"]+"\\} \\d{7,}$`, 'm'))
  const schema = (result: string) =>
    Number(new RegExp(`^passerelle_cache_${result}_total\\{part="server",[^}]*kind="schema"\\} (\\d+)$`, 'm').exec(text)?.[1])
  assert.deepEqual([schema('hits'), schema('misses'), schema('failures')], [1, 2, 0])
  assert.deepEqual(
    await Promise.all([
      ask({}),
      ask({ Authorization: 'Bearer wrong' }),
      ask({ Authorization: `Bearer ${world.apiKey}` }),
      ask(admin),
    ]),
    [401, 401, 403, 200],
  )
})
