/** Rule sets that are kept in files, and what people publish beside them. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { asWriter, type Writer } from '#tests/harness/rules.ts'
import { shippedRules, sqlTargets } from '#tests/harness/sql-targets.ts'
import { openWorld, type World } from '#tests/harness/world.ts'

let world: World
let writer: Writer
before(async () => {
  world = await openWorld({ engine: 'postgres', targets: sqlTargets, ruleSet: shippedRules(), workers: 0 })
  writer = asWriter(world, await world.login())
})
after(() => world[Symbol.asyncDispose]())

function withTitle(title: string): Record<string, unknown> {
  const rules = structuredClone(shippedRules()) as { targets: { directory: { attributes: Record<string, unknown> } } }
  rules.targets.directory.attributes['title'] = JSON.stringify(title)
  return rules
}

const title = (words: string) => ({
  name: words,
  given: { attributes: { givenName: 'Ada', familyName: 'Case' } },
  expect: { targets: { directory: { attributes: { title: words } } } },
})
const green = (words: string) => ({ ruleSet: withTitle(words), cases: { cases: [title(words)] } })
/** What the configuration wrote. */
const stored = async () =>
  JSON.stringify([
    await world.query('select * from passerelle.rule_version order by 1, 2'),
    await world.query('select * from passerelle.source order by 1'),
  ])
const inForce = async () => (await writer.ruleSet('default')).published

test('a file leaves alone what people published, until the file changes; then it wins, and theirs can be restored', async () => {
  world.configure(green('of the file'))
  await world.cli('apply')
  const fromFile = await inForce()
  const { text, cases } = (await writer.read('default', fromFile?.version ?? 0)).body
  await writer.save('default', { text: `${text}# by people`, cases, base: fromFile?.version ?? 0 })
  await writer.verb('default', (fromFile?.version ?? 0) + 1, 'publish')

  const unchanged = await world.cli('apply')
  const byPeople = await inForce()
  world.configure(green('of the file, changed'))
  const changed = await world.cli('apply')
  const again = await inForce()
  const restored = await writer.verb('default', byPeople?.version ?? 0, 'restore', { reason: 'the comment was right' })

  assert.deepEqual([fromFile?.author, fromFile?.tests], ['configuration', { cases: 1, red: 0 }])
  assert.deepEqual([unchanged.output.trim(), byPeople?.author], ['Everything is as configured.', 'person:admin'])
  assert.deepEqual([changed.output.trim(), again?.author], ['Changed: rule set default', 'configuration'])
  assert.match(restored.body.text, /# by people$/)
  await writer.verb('default', restored.body.version, 'withdraw', { reason: 'only to see it' })
})

test('a file is not put in force while its cases are red, and nothing else of the configuration is', async () => {
  const before = await stored()
  world.configure({ ...green('as expected'), ruleSet: withTitle('as nobody expected'), sources: {} })

  const { code, output } = await world.cli('apply')

  assert.equal(code, 1)
  assert.match(output, /rule set default: the case "as expected" \(line 2\) is red\n.*rules test <file>/)
  assert.equal(await stored(), before)
  world.configure({ ...green('of the file, changed'), cases: { cases: [{ name: 'no expectation' }] } })
  assert.match((await world.cli('apply')).output, /rules\.cases\.yaml:2:\d+ .*"expect" is missing/)
})

test('a file says that a version of people’s needs four eyes, and needs none itself', async () => {
  world.configure({ ...green('of the file, changed'), policy: { fourEyes: true } })

  const { output } = await world.cli('apply')
  const { fourEyes } = await writer.ruleSet('default')
  world.configure({ ...green('of the file, changed, alone'), policy: { fourEyes: true } })
  const alone = await world.cli('apply')

  assert.deepEqual([output.trim(), fourEyes], ['Changed: rule set default (four eyes on)', true])
  assert.equal(alone.output.trim(), 'Changed: rule set default')
})
