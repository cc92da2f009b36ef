/** Why an account holds what it holds: the answer is made from the version and the state that the plan was made from, and says whether it is exact. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { ExplainedValue, Explanation, ProblemDetails } from '#server/api/types.ts'
import { applicant, approvalsOf, decide, openPeople, rulesThatAsk } from '#tests/harness/approvals.ts'
import { sqlTargets } from '#tests/harness/sql-targets.ts'
import { openWorld, type World } from '#tests/harness/world.ts'

let world: World
let people: Awaited<ReturnType<typeof openPeople<'reader' | 'anna'>>>
before(async () => {
  world = await openWorld({ engine: 'redis', targets: sqlTargets, ruleSet: rulesThatAsk() })
  people = await openPeople(world, { reader: 'reader', anna: 'approver' })
})
after(() => world[Symbol.asyncDispose]())

const explainPath = (id: string, path?: string) =>
  `/api/v1/requests/${id}/explain${path === undefined ? '' : `?path=${encodeURIComponent(path)}`}`

async function explain(id: string, path?: string): Promise<Explanation> {
  const { status, body } = await world.call<Explanation>('GET', explainPath(id, path), undefined, people.reader)
  assert.equal(status, 200, JSON.stringify(body))
  return body
}

const at = ({ values }: Explanation, path: string): ExplainedValue | undefined => values.find((value) => value.path === path)

test('a creation is explained as it was carried out: values, what was read, names that were held, secrets by name', async () => {
  await world.submit(applicant('x-1', 'Erklärer', 'Clerk'))
  const { body } = await world.submit({ ...applicant('x-2', 'Erklärer', 'Clerk'), secrets: { password: 'Correct-Horse-7' } })

  const explanation = await explain(body.id)

  assert.deepEqual(
    [explanation.isExact, explanation.ruleSet, explanation.version, explanation.publishedBy, explanation.approvedBy],
    [true, 'default', 1, 'configuration', []],
  )
  assert.deepEqual(at(explanation, 'identity.login')?.tried, [
    { value: 'aerklarer', free: false },
    { value: 'aerklarer2', free: true },
  ])
  const mail = at(explanation, 'targets.directory.attributes.mail')
  assert.deepEqual(
    [mail?.value, mail?.inputs],
    [['aerklarer2@example.org'], [{ name: 'identity.mail', value: 'aerklarer2@example.org', path: 'identity.mail' }]],
  )
  assert.equal(at(explanation, 'identity.mail')?.parts[0]?.branch, 'else')
  assert.match(at(explanation, 'identity.mail')?.at ?? '', /^default \(version 1\):\d+:\d+$/)
  assert.deepEqual(at(explanation, 'targets.directory.attributes.password')?.inputs, [
    { name: 'password', value: { $secret: 'password' }, path: null },
  ])
  assert.ok(!JSON.stringify(explanation).includes('Correct-Horse'))
})

test('an update is explained on the state that the identity was in, whatever came after it', async () => {
  await world.submit(applicant('m-1', 'Wandler', 'Clerk'))
  const { body } = await world.submit({ kind: 'update', externalId: 'm-1', attributes: { organizationalUnit: 'Legal' } })
  await world.submit({ kind: 'update', externalId: 'm-1', attributes: { organizationalUnit: 'IT', title: 'Chief' } })
  await world.submit({ kind: 'disable', externalId: 'm-1' })
  const { body: deleted } = await world.submit({ kind: 'delete', externalId: 'm-1' })

  const explanation = await explain(body.id)

  assert.equal(explanation.isExact, true)
  assert.deepEqual(at(explanation, 'targets.directory.attributes.department')?.value, ['Legal'])
  assert.deepEqual(at(explanation, 'targets.directory.memberships')?.value, ['everyone', 'legal'])
  // A deletion needs no rule; only who must agree to it is asked.
  const gone = await explain(deleted.id)
  assert.deepEqual([gone.isExact, gone.values.filter(({ path }) => !path.startsWith('approvals.'))], [true, []])
  assert.deepEqual(at(gone, 'approvals.0.when')?.inputs, [{ name: 'title', value: 'Chief', path: null }])
})

test('who agreed is told, and the question that was asked is explained', async () => {
  const { body } = await world.submit(applicant('a-1', 'Anträger'), { Prefer: 'respond-async' })
  const [approval] = await approvalsOf(world, body.id, people.anna)
  assert.equal((await decide(world, approval!, people.anna)).status, 200)
  await world.settled(body.id)

  const explanation = await explain(body.id)

  assert.deepEqual(
    explanation.approvedBy.map(({ person, reason }) => [person, reason]),
    [['person:anna', 'discussed with the head of department']],
  )
  const question = explanation.values.find(({ path }) => path.startsWith('approvals.'))
  assert.deepEqual([explanation.isExact, question?.attribute, question?.value], [true, 'Directors', [true]])
})

test('one value can be asked for; rules of today do not change the explanation of yesterday; what changed otherwise is said', async () => {
  const { body } = await world.submit(applicant('p-1', 'Pfadfinder', 'Clerk'))
  const changed = {
    ...rulesThatAsk(),
    identity: {
      login: '$slug(familyName)',
      mail: "'nobody@example.org'",
      familyName: 'familyName',
      displayName: 'familyName',
      givenName: 'givenName',
    },
  }
  world.configure({ ruleSet: changed })
  assert.equal((await world.cli('apply')).code, 0)

  const one = await explain(body.id, 'identity.login')
  await world.query(`update passerelle.target set on_failure = 'hold' where name = 'directory'`)
  await world.query(`select pg_notify('passerelle_configuration', '')`)
  await world.query(`update passerelle.reservation set owner = 'test|another' where value = 'apfadfinder'`)
  const other = await explain(body.id, 'identity.login')

  assert.deepEqual(
    [one.isExact, one.version, one.values.map(({ path, value }) => [path, value])],
    [true, 1, [['identity.login', ['apfadfinder']]]],
  )
  assert.deepEqual([other.isExact, other.values[0]?.value], [false, ['apfadfinder2']])
})

test('tables are read in the versions that the plan names, and a password that the gateway made is a name', async () => {
  const admin = await world.login()
  const save = (base: number, value: string) =>
    world.call('PUT', '/api/v1/lookups/offices', { base, rows: [{ key: 'Finance', value }] }, admin)
  assert.equal((await save(0, 'Tower')).status, 201)
  const rules = rulesThatAsk() as unknown as { targets: Record<string, { attributes: Record<string, unknown> }> }
  const { attributes } = rules.targets['directory']!
  attributes['title'] = "$lookup('offices', organizationalUnit)"
  attributes['password'] = { value: "$password({'length': 20})", secret: true }
  world.configure({ ruleSet: rules })
  assert.equal((await world.cli('apply')).code, 0)
  const { body } = await world.submit(applicant('t-1', 'Tabellar', 'Clerk'))
  assert.equal((await save(1, 'Castle')).status, 200)

  const explanation = await explain(body.id)

  assert.equal(explanation.isExact, true)
  assert.deepEqual(at(explanation, 'targets.directory.attributes.title')?.value, ['Tower'])
  assert.match(JSON.stringify(at(explanation, 'targets.directory.attributes.password')?.parts[0]?.value), /generated:/)
})

test('what cannot be explained is refused: unknown requests and paths, and sources, which do not read rules', async () => {
  const { body } = await world.submit(applicant('r-1', 'Ablehner', 'Clerk'))
  const call = (path: string, headers: Record<string, string>) => world.call<ProblemDetails>('GET', path, undefined, headers)
  const nobody = '018f0000-0000-7000-8000-000000000000'

  const answers = await Promise.all([
    call(explainPath(nobody), people.reader),
    call(explainPath('x'), people.reader),
    call(explainPath(body.id, 'identity.logn'), people.reader),
    call(explainPath(body.id), {}),
  ])

  assert.deepEqual(
    answers.map(({ status, body: problem }) => [status, problem.code, problem.hint]),
    [
      [404, 'missing', undefined],
      [404, 'missing', undefined],
      [404, 'missing', 'did you mean identity.login?'],
      [403, 'forbidden', undefined],
    ],
  )
})

test('the command line explains too: exit code 1 when the plan would come out otherwise, 2 for wrong usage', async () => {
  const { body } = await world.submit(applicant('c-1', 'Kommandant', 'Clerk'))

  const [text, json, unknown, wrong] = await Promise.all([
    world.cli('rules', 'explain', body.id, 'identity.mail'),
    world.cli('rules', 'explain', body.id, '--format', 'json'),
    world.cli('rules', 'explain', '018f0000-0000-7000-8000-000000000000'),
    world.cli('rules', 'explain', 'identity.mail'),
  ])

  assert.deepEqual([text.code, json.code, unknown.code, wrong.code], [0, 0, 1, 2], text.output + json.output)
  assert.match(
    text.output,
    /^default, version \d+, published by configuration at .+\nThe plan comes out as it was carried out\.\n\nidentity\.mail = "akommandant@example\.org"\n/,
  )
  assert.equal((JSON.parse(json.output) as Explanation).isExact, true)
  assert.match(unknown.output, /there is no such request/)
  assert.match(wrong.output, /name a request by its id/)
})
