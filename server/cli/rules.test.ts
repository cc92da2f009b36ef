import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'

const main = join(import.meta.dirname, 'main.ts')
let folder: string
const write = (name: string, text: string) => writeFileSync(join(folder, name), text)
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'passerelle-cli-'))
  write(
    'good.yaml',
    'name: good\ntargets:\n  a: { correlate: { id: request.externalId }, attributes: { mail: $lowercase(mail) } }\n',
  )
  write(
    'good.cases.yaml',
    'cases: [{ name: small letters, given: { attributes: { mail: A@X } }, expect: { targets: { a: { attributes: { mail: a@x } } } } }]',
  )
  write(
    'bad.yaml',
    'name: bad\ntargets:\n  a: { correlate: { id: request.externalId }, atributes: {} }\n  b: { correlate: { id: $lowercas(id) } }\n',
  )
  write('red.yaml', readFileSync(join(folder, 'good.yaml'), 'utf8'))
  write(
    'red.cases.yaml',
    'cases: [{ name: capitals, given: { attributes: { mail: A@X } }, expect: { targets: { a: { attributes: { mail: A@X } } } } }]',
  )
})
after(() => rmSync(folder, { recursive: true, force: true }))

function rules(...args: readonly string[]): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [main, 'rules', ...args], { cwd: folder }, (error, out, err) =>
      resolve({ code: error === null ? 0 : Number(error.code), out, err }),
    )
  })
}

test('lint says what a good rule set holds, and all that is wrong with a bad one, with line and column', async () => {
  const good = await rules('lint', 'good.yaml')
  const both = await rules('lint', 'good.yaml', 'bad.yaml')

  assert.deepEqual(good, { code: 0, out: '✔ good.yaml: rule set "good" for a\n', err: '' })
  assert.equal(both.code, 1)
  assert.match(both.out, /✔ good\.yaml/)
  assert.match(both.out, /bad\.yaml:3:\d+ targets\.a\.atributes: "atributes" means nothing here \(did you mean attributes\?\)/)
})

test('test runs the cases beside a rule set; a red one is exit code 1', async () => {
  const green = await rules('test', 'good.yaml')
  const red = await rules('test', 'good.yaml', 'red.yaml')

  assert.deepEqual([green.code, green.out], [0, '✔ small letters\n1 cases: 1 as expected, 0 not\n'])
  assert.equal(red.code, 1)
  assert.match(
    red.out,
    /✖ capitals {2}\(red\.cases\.yaml:1:\d+\)\n {4}targets\.a\.attributes\.mail\n {6}expected {2}"A@X"\n {6}found {5}"a@x"\n2 cases: 1 as expected, 1 not/,
  )
})

test('CI servers get a JUnit file', async () => {
  const { code, out } = await rules('test', 'red.yaml', '--format', 'junit', '--output', 'report.xml')

  assert.deepEqual([code, out], [1, ''])
  assert.match(readFileSync(join(folder, 'report.xml'), 'utf8'), /<testsuite name="red\.yaml" tests="1" failures="1"/)
})

test('wrong usage says what to type: exit code 2', async () => {
  write('lonely.yaml', readFileSync(join(folder, 'good.yaml'), 'utf8'))
  const answers = await Promise.all([
    rules('tset', 'good.yaml'),
    rules('test'),
    rules('test', 'nowhere.yaml'),
    rules('test', 'lonely.yaml'),
    rules('test', 'good.yaml', '--format', 'xml'),
    rules('lint', '--strict', 'good.yaml'),
  ])

  assert.deepEqual(new Set(answers.map(({ code }) => code)), new Set([2]))
  const said = [
    /rules does one of these: lint, test/,
    /name the rule sets/,
    /nowhere\.yaml cannot be read/,
    /lonely\.yaml has no cases: write lonely\.cases\.yaml/,
    /one of text, json, junit/,
    /--strict/,
  ]
  for (const [index, pattern] of said.entries()) assert.match(answers[index]?.err ?? '', pattern)
})
