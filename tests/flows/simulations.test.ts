/** What a version of the rules would change is known before it is published, and finding out leaves no trace. */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { stringify } from 'yaml'
import { openDatabase } from '#core/database.ts'
import { claimSimulation, renewSimulation, writePage } from '#core/simulations/work.ts'
import { emptyTally } from '#rules/index.ts'
import type { Page, ProblemDetails, Simulation, SimulationResult, SimulationScope } from '#server/api/types.ts'
import { openPeople } from '#tests/harness/approvals.ts'
import type { Answer } from '#tests/harness/client.ts'
import { dumpWorld, writePast } from '#tests/harness/past.ts'
import { shippedRules, sqlTargets } from '#tests/harness/sql-targets.ts'
import { openWorld, type World } from '#tests/harness/world.ts'

const past = 1_000
let world: World
let people: Awaited<ReturnType<typeof openPeople<'editor' | 'reader'>>>
before(async () => {
  world = await openWorld({ engine: 'redis', targets: sqlTargets, ruleSet: shippedRules() })
  people = await openPeople(world, { editor: 'rule_editor', reader: 'reader' })
  await writePast(world, 'default', past)
})
after(() => world[Symbol.asyncDispose]())

interface Rules {
  identity: Record<string, string>
  targets: Record<string, { attributes: Record<string, unknown>; when?: string }>
}

/** Puts a changed rule set beside the shipped one, which is in force afterwards as before; answers the version's number. */
async function versionWith(change: (rules: Rules) => void): Promise<number> {
  const rules = shippedRules()
  change(rules as unknown as Rules)
  const [version, next] = [await publish(rules), await publish(shippedRules())]
  assert.equal(next, version + 1)
  return version
}

async function publish(ruleSet: unknown): Promise<number> {
  world.configure({ ruleSet })
  const { code, output } = await world.cli('apply')
  assert.equal(code, 0, output)
  const [row] = await world.query(`select max(version) as version from passerelle.rule_version where name = 'default'`)
  return Number(row?.['version'])
}

const mailOfExternals = (rules: Rules) => {
  rules.targets['directory']!.attributes['mail'] =
    "employeeType = 'external' ? identity.login & '@ext.example.org' : identity.mail"
}
/** The version in which externals have a mail domain of their own; one is enough for all tests. */
let externals: Promise<number> | undefined
const versionForExternals = () => (externals ??= versionWith(mailOfExternals))
const lastRequests = { kind: 'requests', last: past } as const

const simulationsPath = '/api/v1/rules/default/simulations'

function begin<Body = Simulation>(
  version: unknown,
  scope: SimulationScope | object = lastRequests,
  headers = people.editor,
): Promise<Answer<Body>> {
  return world.call<Body>('POST', simulationsPath, { version, scope }, headers)
}

async function read(id: string): Promise<Simulation> {
  return (await world.call<Simulation>('GET', `/api/v1/simulations/${id}`, undefined, people.reader)).body
}

async function until(id: string, isSo: (simulation: Simulation) => boolean, withinMs = 60_000): Promise<Simulation> {
  for (const end = Date.now() + withinMs; ; await delay(20)) {
    const simulation = await read(id)
    if (isSo(simulation)) return simulation
    assert.ok(Date.now() < end, `after ${withinMs} ms: ${JSON.stringify(simulation)}`)
  }
}

const hasEnded = ({ state }: Simulation) => state !== 'waiting' && state !== 'running'

async function simulated(version: number, scope?: SimulationScope): Promise<Simulation> {
  const { status, body } = await begin(version, scope)
  assert.equal(status, 202, JSON.stringify(body))
  return until(body.id, hasEnded)
}

/** All pages of what is found with a filter. */
async function results(id: string, filter = ''): Promise<readonly SimulationResult[]> {
  const found: SimulationResult[] = []
  for (let cursor: string | null = '0'; cursor !== null;) {
    const path: string = `/api/v1/simulations/${id}/results?limit=200&cursor=${cursor}${filter}`
    const { status, body }: Answer<Page<SimulationResult>> = await world.call('GET', path, undefined, people.reader)
    assert.equal(status, 200, JSON.stringify(body))
    found.push(...body.items)
    cursor = body.next
  }
  return found
}

const everything = () => dumpWorld(world)

// How fast they are, `npm run bench:simulate` says: a simulation stands back behind whoever computes beside it.
test('a thousand requests are tried within a minute; what changes is counted, and can be looked through', async () => {
  const version = await versionForExternals()

  const simulation = await simulated(version)

  // Every fourth is an external; every tenth leaves, and the rules say nothing of a leaver's mail. Those who are new come in odd numbers.
  const changed = past / 4 - past / 20
  const none = { same: 0, changed: 0, failing: 0, created: 0, disabled: 0, deleted: 0 }
  assert.deepEqual(simulation.counts, { ...none, same: past - changed, changed })
  assert.deepEqual([simulation.state, simulation.done, simulation.total, simulation.stale], ['done', past, past, []])
  assert.deepEqual(simulation.byAttribute, [{ target: 'directory', attribute: 'mail', changed }])
  assert.deepEqual(
    simulation.byKind.find(({ kind }) => kind === 'update'),
    { kind: 'update', ...none, same: past * 0.4 - changed, changed },
  )
  assert.deepEqual(
    simulation.byTarget.find(({ target }) => target === 'directory'),
    { target: 'directory', ...none, same: past - changed, changed },
  )
  const [first] = await results(simulation.id, '&outcome=changed')
  assert.deepEqual(
    [first?.kind, first?.changes.length, first?.changes[0]?.target, first?.changes[0]?.attribute],
    ['update', 1, 'directory', 'mail'],
  )
  assert.match(first?.changes[0]?.before ?? '', /@example\.org$/)
  assert.match(first?.changes[0]?.after ?? '', /@ext\.example\.org$/)
  const counts = await Promise.all(
    [
      '',
      '&outcome=changed',
      '&outcome=same&kind=delete',
      '&target=directory',
      '&target=intranet',
      '&attribute=mail',
      '&target=directory&attribute=mail',
      '&attribute=login',
    ].map(async (filter) => (await results(simulation.id, filter)).length),
  )
  assert.deepEqual(counts, [past, changed, past / 20, changed, 0, changed, changed, 0])
})

test('nothing is written, reserved or called, and the same simulation comes out the same', async () => {
  const version = await versionWith((rules) => {
    rules.identity['login'] = "$unique($login(givenName, familyName) & 'x', ['directory', 'intranet'], 20)"
  })
  const before = await everything()

  const [one, other] = [await simulated(version), await simulated(version, { kind: 'population', source: null })]
  const again = await simulated(version)

  assert.equal(await everything(), before)
  assert.ok(one.counts.changed > past / 2 && other.counts.changed === past, JSON.stringify([one.counts, other.counts]))
  assert.deepEqual(again.counts, one.counts)
  assert.deepEqual(await results(again.id), await results(one.id))
})

test('an identity keeps the name that it holds; a name that others hold is passed over; secrets are there by name', async () => {
  const ada = { kind: 'create', externalId: 'own', attributes: { givenName: 'Ada', familyName: 'Namensträger' } }
  await world.submit(ada)
  await world.submit({ ...ada, externalId: 'own-2', secrets: { password: 'Correct-Horse-9' } })
  const version = await versionWith((rules) => {
    rules.targets['directory']!.attributes['title'] = "identity.login & ($exists(password) ? ' and a password')"
  })

  const simulation = await simulated(version, { kind: 'requests', last: 2 })

  const logins = (await results(simulation.id)).map(({ externalId, changes }) => [externalId, changes[0]?.after])
  assert.deepEqual(logins, [
    ['own-2', 'anamenstrager2 and a password'],
    ['own', 'anamenstrager'],
  ])
})

test('accounts that would be opened, switched off or refused are counted, and what fails says why and where', async () => {
  const version = await versionWith((rules) => {
    rules.targets['intranet']!.when = "organizationalUnit != 'Legal'"
    rules.targets['directory']!.attributes['title'] = "organizationalUnit = 'IT' ? $error('no title for IT') : title"
  })

  const simulation = await simulated(version, { kind: 'population', source: 'test' })

  const { counts } = simulation
  assert.ok(counts.failing > past * 0.3 && counts.created === 83 && counts.disabled === 2, JSON.stringify(counts))
  const [refused] = await results(simulation.id, '&outcome=failing&target=directory')
  assert.equal(refused?.problem?.code, 'rule_failed')
  assert.match(refused?.problem?.message ?? '', /^targets\.directory\.attributes\.title: .*no title for IT/)
  assert.equal((await results(simulation.id, '&outcome=failing&target=intranet')).length, 0)
  const opened = await results(simulation.id, '&outcome=changed&target=intranet')
  assert.deepEqual(
    new Set(
      opened.flatMap(({ changes }) =>
        changes.filter(({ attribute }) => attribute === null).map(({ before, after }) => `${before} ${after}`),
      ),
    ),
    // The two of the test before have no department, and `!=` is false without one.
    new Set(['null create', 'create null', 'update disable']),
  )
})

test('a version that hangs does not run for hours: it ends, and says where', async () => {
  const version = await versionWith((rules) => {
    rules.identity['familyName'] = '($f := function($n) { $f($n + 1) }; $f(1))'
  })

  const simulation = await simulated(version)

  assert.deepEqual([simulation.state, simulation.problem?.code], ['failed', 'rule_timeout'])
  assert.ok(simulation.done < past && simulation.counts.failing > 0, JSON.stringify(simulation))
})

test('it is cancelled while it runs; what was found stays, and it cannot be cancelled twice', async () => {
  const version = await versionForExternals()
  const { body } = await begin(version)
  await until(body.id, ({ done }) => done > 0)
  const cancelPath = `/api/v1/simulations/${body.id}/cancel`

  const cancelled = await world.call<Simulation>('POST', cancelPath, undefined, people.editor)
  const twice = await world.call<ProblemDetails>('POST', cancelPath, undefined, people.editor)
  await delay(1_500)

  const after = await read(body.id)
  assert.deepEqual([cancelled.status, cancelled.body.state, twice.status], [200, 'cancelled', 409])
  assert.deepEqual([after.state, after.done], ['cancelled', cancelled.body.done])
  assert.ok(after.done < past, `${after.done} were done`)
  assert.equal((await results(body.id)).length, after.done)
})

test('a worker that is killed in the middle is followed by another, and every request is tried once', async () => {
  const version = await versionForExternals()
  const whole = await simulated(version)
  const { body } = await begin(version)
  await until(body.id, ({ done }) => done > 0)

  await world.workers[0]?.kill()
  const { done } = await read(body.id)
  await world.startWorker()
  const simulation = await until(body.id, hasEnded)

  assert.ok(done > 0 && done < past, `killed after ${done}`)
  assert.deepEqual([simulation.state, simulation.done, simulation.counts], ['done', past, whole.counts])
  assert.deepEqual(
    [simulation.byKind, simulation.byTarget, simulation.byAttribute],
    [whole.byKind, whole.byTarget, whole.byAttribute],
  )
  assert.deepEqual(await results(body.id), await results(whole.id))
})

test('a worker that is stopped leaves it to another at once; a queue that forgot it is rung again', async () => {
  const version = await versionForExternals()
  const { body } = await begin(version)
  await until(body.id, ({ done }) => done > 0)
  const stopping = Date.now()

  await world.workers.at(-1)?.kill('SIGTERM')
  const stopped = Date.now() - stopping
  const left = await read(body.id)
  await world.redis?.command('FLUSHALL')
  await world.startWorker()
  const simulation = await until(body.id, hasEnded)

  assert.ok(stopped < 10_000, `it took ${stopped} ms to stop`)
  assert.deepEqual([left.state, simulation.state, simulation.done], ['running', 'done', past])
})

test('who lost its hold on a simulation writes nothing any more; one that nothing comes of ends', async () => {
  const version = await versionForExternals()
  const { body } = await begin(version, { kind: 'requests', last: 100 })
  const { id } = await until(body.id, hasEnded)
  await using database = await openDatabase({ url: world.databaseUrl, name: 'test', poolSize: 2 })
  const { sql } = database
  // Nobody else is to take it: its lease is ours, by the database's clock.
  await sql`update simulation set state = 'running', done = 0, claims = 0, lease_until = 'infinity' where id = ${id}`
  await sql`delete from simulation_result where simulation_id = ${id}`
  const expired = () => sql`update simulation set lease_until = clock_timestamp() where id = ${id}`
  const page = { results: [], done: 0, last: '1', tally: emptyTally }

  const refused = await claimSimulation(sql, id, 60)
  await expired()
  const first = await claimSimulation(sql, id, 60)
  await expired()
  const second = await claimSimulation(sql, id, 60)

  const late = [await writePage(sql, first!, page, 60), await renewSimulation(sql, first!, 60)]
  const inTime = [await renewSimulation(sql, second!, 60), await writePage(sql, second!, page, 60)]
  assert.deepEqual([refused, late, inTime], [null, [false, false], [true, true]])
  await sql`update simulation set claims = 5, lease_until = null where id = ${id}`
  const { state, problem } = await until(id, hasEnded)
  assert.deepEqual([state, problem?.code], ['failed', 'internal'])
})

test('a result is a thing of the past when the rules in force, the version or the targets changed since', async () => {
  const admin = await world.login()
  const save = (base: number) =>
    world.call('PUT', '/api/v1/lookups/offices', { base, rows: [{ key: 'IT', value: String(base) }] }, admin)
  assert.equal((await save(0)).status, 201)
  const version = await versionWith((rules) => {
    rules.targets['directory']!.attributes['title'] = "$lookup('offices', organizationalUnit)"
  })
  const { id, stale, counts } = await simulated(version, { kind: 'requests', last: 100 })
  assert.ok(counts.changed > 20 && counts.failing === 0, JSON.stringify(counts))
  assert.equal((await save(1)).status, 200)
  const lookups = (await read(id)).stale

  await world.query(
    `update passerelle.rule_version set text = text || ' ', hash = 'edited' where name = 'default' and version = $1`,
    [version],
  )
  const draft = (await read(id)).stale
  await world.query(`update passerelle.target set on_failure = 'hold' where name = 'intranet'`)
  const targets = (await read(id)).stale
  await world.query(`update passerelle.target set on_failure = 'required' where name = 'intranet'`)
  const rules = shippedRules()
  mailOfExternals(rules as unknown as Rules)
  await publish({ ...rules, description: 'another one' })
  await delay(500)
  const published = (await read(id)).stale
  await publish(shippedRules())

  assert.deepEqual(
    [stale, lookups, draft, targets, published],
    [[], ['lookups'], ['draft', 'lookups'], ['draft', 'lookups', 'targets'], ['draft', 'published', 'lookups']],
  )
})

test('a draft is tried before anybody publishes it, by whoever writes it; a rule set that never was in force is held against nothing', async () => {
  const [current] = await world.query(
    `select version from passerelle.rule_version where name = 'default' and state = 'published'`,
  )
  const rules = shippedRules()
  mailOfExternals(rules as unknown as Rules)
  const save = (text: string, more: object) =>
    world.call<{ version: number; revision: number }>(
      'PUT',
      '/api/v1/rules/default/draft',
      { text, cases: null, ...more },
      people.editor,
    )
  const { body: draft } = await save(stringify(rules), { base: current?.['version'] })

  const simulation = await simulated(draft.version, { kind: 'requests', last: 200 })
  const typed = await world.cli('rules', 'simulate', 'default', '--last', '200')
  await save(`${stringify(rules)}# edited`, { base: draft.version, revision: draft.revision })
  const edited = await read(simulation.id)
  const gone = await world.call('DELETE', '/api/v1/rules/default/draft', { reason: 'it was only tried' }, people.editor)
  const text = 'name: young\ntargets: { directory: { correlate: { login: request.externalId } } }\n'
  const young = await world.call('POST', '/api/v1/rules', { name: 'young', text }, people.editor)
  const refused = await world.call<ProblemDetails>(
    'POST',
    '/api/v1/rules/young/simulations',
    { version: 1, scope: lastRequests },
    people.editor,
  )
  const none = await world.call<Page<Simulation>>('GET', '/api/v1/rules/young/simulations', undefined, people.reader)

  assert.ok(simulation.counts.changed > 10, JSON.stringify(simulation.counts))
  assert.match(
    typed.output,
    new RegExp(`^default: version ${draft.version}, held against version ${String(current?.['version'])},`),
  )
  assert.deepEqual([simulation.stale, edited.stale, gone.status, young.status], [[], ['draft'], 200, 201])
  assert.deepEqual([refused.status, none.body.items], [422, []])
  assert.match(refused.body.detail, /no version of this rule set is in force/)
})

test('results are taken away as CSV that no spreadsheet runs, and as JSON; and that is on record', async () => {
  const version = await versionWith((rules) => {
    rules.targets['directory']!.attributes['title'] = `'=HYPERLINK("http://evil")'`
  })
  const { id } = await simulated(version, { kind: 'requests', last: 600 })
  const path = `/api/v1/simulations/${id}/export`

  const csv = await world.call<string>('GET', `${path}?format=csv`, undefined, people.reader)
  const json = await world.call<{ simulation: Simulation; results: readonly SimulationResult[] }>(
    'GET',
    path,
    undefined,
    people.reader,
  )

  const lines = csv.body.split('\r\n')
  assert.match(csv.headers.get('content-type') ?? '', /^text\/csv/)
  assert.match(csv.headers.get('content-disposition') ?? '', new RegExp(`attachment; filename="simulation-${id}.csv"`))
  assert.match(
    lines[0] ?? '',
    /^\u{FEFF}?outcome,kind,source,externalId,displayName,requestId,target,attribute,before,after,problemCode,problem$/u,
  )
  assert.equal(lines.length, 600 + 2)
  assert.ok(
    lines.some((line) => line.endsWith(`,directory,title,,"'=HYPERLINK(""http://evil"")",,`)),
    lines[1]!,
  )
  assert.deepEqual(json.body.results, await results(id))
  assert.equal(json.body.simulation.id, id)
  const audits = await world.query(
    `select detail from passerelle.audit where action = 'simulation_exported' order by seq desc limit 2`,
  )
  assert.deepEqual(audits.map(({ detail }) => (detail as { format: string }).format).sort(), ['csv', 'json'])
})

test('the list is in pages, the newest first; only the newest are kept', async () => {
  const version = await versionForExternals()
  const { id: older } = await simulated(version, { kind: 'requests', last: 1 })
  const { id: newer } = await simulated(version, { kind: 'requests', last: 1 })

  const { body } = await world.call<Page<Simulation>>('GET', `${simulationsPath}?limit=1`, undefined, people.reader)
  const next = await world.call<Page<Simulation>>(
    'GET',
    `${simulationsPath}?limit=1&cursor=${body.next}`,
    undefined,
    people.reader,
  )
  await world.query(
    `insert into passerelle.simulation (id, rule_set, version, text, against, against_text, scope, sources, targets, targets_mark, context, state, total, first_key, tally, by)
     select gen_random_uuid(), rule_set, version, text, against, against_text, scope, sources, targets, targets_mark, context, 'done', total, first_key, tally, by
     from passerelle.simulation, generate_series(1, 60) where id = $1`,
    [newer],
  )
  const { id: last } = await simulated(version, { kind: 'requests', last: 1 })

  assert.deepEqual([body.items[0]?.id, next.body.items[0]?.id], [newer, older])
  const [kept] = await world.query(`select count(*)::int as kept, bool_or(id = $1) as old from passerelle.simulation`, [older])
  const [left] = await world.query(
    'select count(*)::int as results from passerelle.simulation_result where simulation_id <> $1',
    [last],
  )
  assert.deepEqual([kept, left], [{ kept: 50, old: false }, { results: 0 }])
})

test('what cannot be simulated is refused with what to do', async () => {
  const version = await versionForExternals()
  await world.query(
    `insert into passerelle.rule_version (name, version, hash, text, state, authors) values ('default', 1000, 'x', 'name: default\ntargets: { a: { correlate: { id: $lowercas(x) } } }', 'rejected', '{test}')`,
  )
  const refusals = await Promise.all([
    begin<ProblemDetails>(999),
    begin<ProblemDetails>(1000),
    begin<ProblemDetails>('two'),
    begin<ProblemDetails>(version, { kind: 'requests', last: 0 }),
    begin<ProblemDetails>(version, { kind: 'everybody' }),
    begin<ProblemDetails>(version, { kind: 'population', source: 'nobody' }),
    begin<ProblemDetails>(version, { kind: 'population', source: 'other' }),
    world.call<ProblemDetails>('POST', '/api/v1/rules/unknown/simulations', { version: 1, scope: lastRequests }, people.editor),
    world.call<ProblemDetails>('GET', '/api/v1/rules/unknown/simulations', undefined, people.reader),
    world.call<ProblemDetails>('GET', '/api/v1/simulations/1', undefined, people.reader),
    world.call<ProblemDetails>('GET', `${simulationsPath}?cursor=x`, undefined, people.reader),
    begin<ProblemDetails>(version, lastRequests, people.reader),
    world.call<ProblemDetails>('POST', simulationsPath, { version, scope: lastRequests }),
  ])
  await world.query('delete from passerelle.rule_version where version = 1000')

  assert.deepEqual(
    refusals.map(({ status, body }) => [status, body.code, body.errors?.[0]?.pointer]),
    [
      [404, 'missing', '/version'],
      [422, 'unprocessable', 'default (version 1000):2:34'],
      [422, 'unprocessable', '/version'],
      [422, 'unprocessable', '/scope/last'],
      [422, 'unprocessable', '/scope/kind'],
      [422, 'unprocessable', '/scope/source'],
      [422, 'unprocessable', undefined],
      [404, 'missing', undefined],
      [404, 'missing', undefined],
      [404, 'missing', undefined],
      [400, 'bad_request', undefined],
      [403, 'forbidden', undefined],
      [403, 'forbidden', undefined],
    ],
  )
})

test('the command line tries a file or a version without a worker: exit code 1 when what is asked for changes', async () => {
  const version = await versionForExternals()
  const rules = shippedRules()
  mailOfExternals(rules as unknown as Rules)
  const file = join(world.folder, 'draft.yaml')
  writeFileSync(file, stringify(rules))
  const before = await everything()

  const [text, red, json, junit] = await Promise.all([
    world.cli('rules', 'simulate', 'default', '--version', String(version), '--last', '400'),
    world.cli('rules', 'simulate', file, '--population', 'all', '--fail-on', 'changed', '--fail-on', 'deleted'),
    world.cli('rules', 'simulate', file, '--last', '100', '--format', 'json'),
    world.cli(
      'rules',
      'simulate',
      file,
      '--last',
      '100',
      '--fail-on',
      'changed',
      '--format',
      'junit',
      '--output',
      join(world.folder, 'report.xml'),
    ),
  ])

  assert.equal(await everything(), before)
  assert.deepEqual(
    [text.code, red.code, json.code, junit.code],
    [0, 1, 0, 1],
    text.output + red.output + json.output + junit.output,
  )
  assert.match(
    text.output,
    new RegExp(
      `^default: version ${version}, held against version \\d+, which is in force\n {2}\\d+ same, \\d+ changed, 0 failing\n`,
    ),
  )
  assert.match(text.output, /\n {2}directory\.mail: \d+ changed\n/)
  assert.match(
    text.output,
    /\n~ update test past-\d+ \(request [0-9a-f-]{36}\)\n {4}directory\.mail: ".+@example\.org" → ".+@ext\.example\.org"\n/,
  )
  const report = JSON.parse(json.output) as { counts: Simulation['counts']; results: readonly unknown[]; ok: boolean }
  assert.deepEqual(
    [report.counts.changed, report.results.length, report.ok],
    [report.results.length, report.results.length, true],
  )
  assert.ok(report.results.length > 10)
  const xml = readFileSync(join(world.folder, 'report.xml'), 'utf8')
  assert.equal(xml.match(/<failure /g)?.length, report.results.length)
  assert.match(xml, /<failure message="directory\.mail: expected &quot;.+@example\.org&quot;, found /)
})

test('wrong usage of the command line says what to type: exit code 2', async () => {
  const answers = await Promise.all([
    world.cli('rules', 'simulate'),
    world.cli('rules', 'simulate', 'default'),
    world.cli('rules', 'simulate', 'unknown'),
    world.cli('rules', 'simulate', 'default', '--version', '999'),
    world.cli('rules', 'simulate', 'default', '--last', 'many'),
    world.cli('rules', 'simulate', 'default', '--last', '1', '--population', 'test'),
    world.cli('rules', 'simulate', 'default', '--fail-on', 'anything'),
    world.cli('rules', 'simulate', 'nowhere.yaml'),
    world.cli('rules', 'simulate', 'default', '--format', 'xml'),
  ])

  assert.deepEqual(
    answers.map(({ code }) => code),
    answers.map(() => 2),
  )
  const said = [
    /name one rule set, or a file/,
    /nobody works on a version of default/,
    /no rule set named unknown/,
    /default has no version 999; there are \d+, /,
    /--last takes a whole number/,
    /either --last or --population/,
    /--fail-on is one of changed, failing, created, disabled, deleted/,
    /nowhere\.yaml cannot be read/,
    /one of text, json, junit/,
  ]
  for (const [index, pattern] of said.entries()) assert.match(answers[index]?.output ?? '', pattern)
})
