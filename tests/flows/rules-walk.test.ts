/** The walk of docs/rules.md, from "change the mail rule for externals" to publication, step by step as the page says. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { openPeople, type Headers } from '#tests/harness/approvals.ts'
import { findPerson, sqlTargets } from '#tests/harness/sql-targets.ts'
import { openWorld, type World } from '#tests/harness/world.ts'

const root = join(import.meta.dirname, '../..')
const file = (name: string) => readFileSync(join(root, name), 'utf8')
const [, walk = ''] = file('docs/rules.md').split('## A walk: another address for externals')

interface Step {
  readonly method: string
  readonly path: string
  readonly person: string
  readonly body: string | undefined
  readonly status: number
  readonly answer: object
}
const steps = [...walk.matchAll(/```http\n(\w+) (\S+) +as (\w+)\n(?:(\{.*\})\n)?→ (\d{3}) (\{.*\})\n```/g)].map(
  ([, method = '', path = '', person = '', body, status, answer = '{}']): Step => ({
    method,
    path,
    person,
    body,
    status: Number(status),
    answer: JSON.parse(answer) as object,
  }),
)
const [addedCase = '', newRule = ''] = [...walk.matchAll(/```yaml\n([^]*?)```/g)].map(([, yaml]) => yaml ?? '')
const cases = `${file('rules/default.cases.yaml')}\n${addedCase}`
const oldRule = /^ {2}mail: \|\n {4}.*\n/m

let world: World
let people: Record<'ada' | 'bob', Headers>
before(async () => {
  world = await openWorld({
    engine: 'postgres',
    targets: sqlTargets,
    ruleSet: file('rules/default.yaml'),
    cases: file('rules/default.cases.yaml'),
    policy: { fourEyes: true },
  })
  people = await openPeople(world, { ada: 'rule_editor', bob: 'rule_editor' })
})
after(() => world[Symbol.asyncDispose]())

const external = (externalId: string, familyName: string) => ({
  kind: 'create',
  externalId,
  attributes: { givenName: 'Seán', familyName, employeeType: 'external' },
})

test('every step of the walk comes out as the page says', async () => {
  const before = await world.submit(external('E-7', "O'Connor"))
  assert.equal(before.body.state, 'succeeded')
  assert.equal(steps.length, walk.match(/```http/g)?.length)
  let text = file('rules/default.yaml')
  assert.match(text, oldRule)

  for (const { method, path, person, body, status, answer } of steps) {
    if (method === 'PUT') text = text.replace(oldRule, () => newRule)
    const filled = body
      ?.replace('"text": "…"', () => `"text": ${JSON.stringify(text)}`)
      .replace('"cases": "…"', () => `"cases": ${JSON.stringify(cases)}`)
    const found = await world.call<object>(method, path, filled, people[person as keyof typeof people])
    assert.equal(found.status, status, `${method} ${path}: ${JSON.stringify(found.body)}`)
    assert.partialDeepStrictEqual(found.body, answer, `${method} ${path}`)
  }

  for (let left = 100; left > 0 && (await plannedVersion()) !== 2; left--) await delay(20)
  const after = await world.submit(external('E-8', 'Byrne'))
  assert.deepEqual(
    [(await findPerson(world, "O'Connor"))?.mail, (await findPerson(world, 'Byrne'))?.mail],
    ['soconnor@example.org', 'sbyrne@ext.example.org'],
  )
  assert.equal(after.body.plan.ruleSet.version, 2)
  assert.equal((await world.call('GET', `/api/v1/requests/${before.body.id}`)).body.plan.ruleSet.version, 1)
})

async function plannedVersion(): Promise<number | undefined> {
  const { body } = await world.call<{ plan?: { ruleSet: { version: number } } }>(
    'POST',
    '/api/v1/requests?dryRun=true',
    external('E-9', 'Nobody'),
  )
  return body.plan?.ruleSet.version
}
