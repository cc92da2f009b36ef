/** Rules on the command line, as their writers and their CI type it. */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { smallCases, smallRules } from '#tests/harness/rules.ts'
import { shippedRules, sqlTargets } from '#tests/harness/sql-targets.ts'
import { openWorld, type World } from '#tests/harness/world.ts'

let world: World
before(async () => {
  world = await openWorld({ engine: 'postgres', targets: sqlTargets, ruleSet: shippedRules(), workers: 0 })
})
after(() => world[Symbol.asyncDispose]())

const path = (name: string) => join(world.folder, name)
const write = (name: string, text: string) => {
  writeFileSync(path(name), text)
  return path(name)
}
const rules = (...words: string[]) => world.cli('rules', ...words)

test('a file is imported as a draft, and once; published, exported it is the same, byte for byte', async () => {
  const text = `${smallRules('cli')}# fin\r\n\n`
  const file = write('cli.yaml', text)
  const cases = smallCases('A@X')
  write('cli.cases.yaml', cases)

  const [imported, again] = [await rules('import', file, '--comment', 'from git'), await rules('import', file)]
  const published = await rules('publish', 'cli', '1', '--reason', 'reviewed in git')
  const exported = await rules('export', 'cli', '--output', path('exported.yaml'))
  const printed = await rules('export', 'cli', '--version', '1')

  assert.deepEqual([imported.code, imported.output], [0, '✔ cli: version 1 is a draft; 1 of 1 tests green\n'])
  assert.deepEqual([again.code, again.output], [0, '✔ cli: version 1 is a draft; 1 of 1 tests green\n'])
  assert.deepEqual([published.code, published.output], [0, '✔ cli: version 1 is in force\n'])
  assert.equal(exported.code, 0, exported.output)
  assert.deepEqual(
    [readFileSync(path('exported.yaml'), 'utf8'), readFileSync(path('exported.cases.yaml'), 'utf8')],
    [text, cases],
  )
  assert.equal(printed.output, text)
})

test('a file is put in force at once where its tests are green, and is a draft where they are red: exit code 1', async () => {
  const file = write('force.yaml', smallRules('force'))
  write('force.cases.yaml', smallCases('A@X'))
  const first = await rules('import', file, '--publish', '--reason', 'seed')
  write('force.cases.yaml', smallCases('b@x'))

  const red = await rules('import', file, '--publish')
  const refused = await rules('publish', 'force', '2')
  const overridden = await rules('publish', 'force', '2', '--override', 'the case is wrong')
  const list = await rules('list', 'force')

  assert.deepEqual([first.code, first.output], [0, '✔ force: version 1 is in force now; 1 of 1 tests green\n'])
  assert.deepEqual([red.code, refused.code, overridden.code], [1, 1, 0])
  assert.match(red.output, /✖ force: the case "the mail" \(line 2\) is red\n.*1 of the tests of version 2 is red/)
  assert.match(list.output, /force 2 published, by cli:?\S* at .*, 0 of 1 tests green\nforce 1 superseded/)
})

test('what is wrong is told with its place, and not imported', async () => {
  const broken = write('broken.yaml', smallRules('broken').replace('email:', 'e mail:'))
  const stranger = write('stranger.yaml', smallRules('stranger').replace('intranet:', 'intrnet:'))

  const answers = await Promise.all([broken, stranger].map((file) => rules('import', file)))

  assert.deepEqual(
    answers.map(({ code }) => code),
    [1, 1],
  )
  assert.match(answers[0]?.output ?? '', /broken\.yaml:9:7 .*an attribute’s name/)
  assert.match(
    answers[1]?.output ?? '',
    /stranger\.yaml:4:3 targets\.intrnet: there is no target of this name \(did you mean intranet\?\)/,
  )
  assert.equal((await rules('export', 'stranger')).code, 1)
})

test('an import does not overwrite what somebody writes, unless that is asked for', async () => {
  const file = write('busy.yaml', smallRules('busy'))
  const admin = await world.login()
  await world.call('POST', '/api/v1/rules', { name: 'busy', text: smallRules('busy', 'mailOfAdmin') }, admin)

  const [refused, replaced] = [await rules('import', file), await rules('import', file, '--replace')]

  assert.equal(refused.code, 1)
  assert.match(refused.output, /person:admin writes version 1 of busy\n.*--replace/)
  assert.deepEqual([replaced.code, replaced.output], [0, '✔ busy: version 2 is a draft\n'])
})

test('diff tells versions and files apart in sentences and as text: exit code 1 where they differ', async () => {
  const [before, after] = [
    write('before.yaml', smallRules('d')),
    write('after.yaml', smallRules('d', '$lowercase(emailAddress)')),
  ]
  await rules('import', before, '--publish')
  await rules('import', after, '--publish')

  const [versions, files, withForce, same] = await Promise.all([
    rules('diff', 'd', '1', '2', '--lang', 'fr'),
    rules('diff', before, after, '--format', 'json'),
    rules('diff', before),
    rules('diff', after),
  ])

  assert.deepEqual(
    [versions, files, withForce, same].map(({ code }) => code),
    [1, 1, 1, 0],
  )
  assert.match(
    versions.output,
    /^• intranet : l’attribut email, son expression change : emailAddress devient \$lowercase\(emailAddress\)\n/,
  )
  assert.match(versions.output, /--- d \(version 1\)\n\+\+\+ d \(version 2\)\n@@ -/)
  assert.equal((JSON.parse(files.output) as { changes: readonly unknown[] }).changes.length, 1)
  assert.equal(same.output, '')
})

test('lint and test also look at what the database holds', async () => {
  const file = write('held.yaml', smallRules('held'))
  write('held.cases.yaml', smallCases('b@x'))
  await rules('import', file)

  const [lint, tested] = await Promise.all([rules('lint', 'held'), rules('test', 'held', '--version', '1', '--format', 'junit')])

  assert.deepEqual([lint.code, lint.output], [0, '✔ held: rule set "held" for intranet\n'])
  assert.equal(tested.code, 1)
  assert.match(tested.output, /<testsuite name="held" tests="1" failures="1"/)
})

test('a rule set is converted without changing its meaning', async () => {
  await rules('import', write('notation.yaml', smallRules('notation')), '--publish')

  await rules('export', 'notation', '--format', 'json', '--output', path('notation.json'))
  const same = await rules('diff', path('notation.yaml'), path('notation.json'), '--format', 'json')

  assert.deepEqual((JSON.parse(same.output) as { changes: readonly unknown[] }).changes, [])
  assert.equal(JSON.parse(readFileSync(path('notation.json'), 'utf8')).name, 'notation')
})
