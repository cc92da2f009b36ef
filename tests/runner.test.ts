import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { alone, longest, timed, toPhases } from './phases.mjs'

const root = fileURLToPath(new URL('../', import.meta.url))
let folder: string
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'passerelle-runner-'))
})
after(() => rmSync(folder, { recursive: true, force: true }))

interface Summary {
  readonly counts: Readonly<Record<string, number>>
  readonly files: readonly { readonly file: string; readonly seconds: number }[]
  readonly notRun: readonly string[]
}

/** Writes a test file that notes its name when it runs. */
function written(name: string, body = ''): string {
  const note = `appendFileSync(${JSON.stringify(join(folder, 'order'))}, '${name} ')`
  const file = join(folder, `${name}.test.mjs`)
  writeFileSync(
    file,
    `import { appendFileSync } from 'node:fs'\nimport { test } from 'node:test'\n${note}\ntest('${name}', () => {${body}})\ntest('another', () => {})`,
  )
  return file
}

type Phases = readonly { readonly files: readonly string[]; readonly concurrency: number }[]

function started(phases: Phases, options: readonly string[], summary: string) {
  writeFileSync(join(folder, 'order'), '')
  // As `npm test` starts it: what is told to this file's own process is not for it.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env
  const work = JSON.stringify({ phases, timeout: 20_000, options, summary })
  return spawn(process.execPath, ['tests/runner.mjs', work], { cwd: root, env })
}

async function ran(phases: Phases, ...options: readonly string[]) {
  const summary = join(folder, 'summary.json')
  const child = started(phases, options, summary)
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text))
  const [code] = (await once(child, 'close')) as [number | null]
  const order = readFileSync(join(folder, 'order'), 'utf8').trim().split(' ')
  return { code, output, order, summary: JSON.parse(readFileSync(summary, 'utf8')) as Summary }
}

test('files run in the order in which they are given, phase after phase, and are counted together', async () => {
  const [zebra, ant, bee] = [written('zebra'), written('ant'), written('bee')]

  const { code, order, summary, output } = await ran([
    { files: [zebra, ant], concurrency: 1 },
    { files: [bee], concurrency: 1 },
  ])

  assert.equal(code, 0, output)
  assert.deepEqual(order, ['zebra', 'ant', 'bee'])
  assert.deepEqual([summary.counts['tests'], summary.counts['passed'], summary.files.length], [6, 6, 3])
})

test('a failure in an early phase is told at the end, and the run is red', async () => {
  const [bad, good] = [written('bad', 'throw new Error("on purpose")'), written('good')]

  const { code, order, summary, output } = await ran([
    { files: [bad], concurrency: 1 },
    { files: [good], concurrency: 1 },
  ])

  assert.equal(code, 1)
  assert.deepEqual(order, ['bad', 'good'])
  assert.equal(summary.counts['failed'], 1)
  assert.ok(output.lastIndexOf('on purpose') > output.indexOf('good'), output)
})

test('a file that cannot even be read is red', async () => {
  const file = join(folder, 'broken.test.mjs')
  writeFileSync(file, 'import "./nowhere.mjs"')

  const { code, summary } = await ran([{ files: [file], concurrency: 1 }])

  assert.equal(code, 1)
  assert.ok((summary.counts['failed'] ?? 0) > 0)
})

test('who stops the run stops the files that run, and none starts after it', async () => {
  const endless = written('endless', 'return new Promise((resolve) => setTimeout(resolve, 20_000))')
  const child = started(
    [
      { files: [endless], concurrency: 1 },
      { files: [written('never')], concurrency: 1 },
    ],
    [],
    join(folder, 'stopped.json'),
  )
  const order = () => readFileSync(join(folder, 'order'), 'utf8')
  while (order() === '') await delay(20)
  const [file = 0] = childrenOf(child.pid)

  child.kill('SIGTERM')
  const [code] = (await once(child, 'exit')) as [number | null]
  const survived = existsSync(`/proc/${file}/exe`)
  if (survived) process.kill(file)

  assert.deepEqual([code, survived, order()], [1, false, 'endless '])
})

const childrenOf = (pid: number | undefined) =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number)

test('a pattern chooses tests in every file', async () => {
  const [left, right] = [written('left'), written('right')]

  const { code, summary } = await ran([{ files: [left, right], concurrency: 2 }], '--test-name-pattern=another')

  assert.equal(code, 0)
  assert.equal(summary.counts['tests'], 2)
})

test('every file is in one phase; what stands beside the code comes first, and the longest before the others', () => {
  const long = Object.keys(longest).toReversed()
  const files = ['core/a.test.ts', 'tests/flows/short.test.ts', ...alone, ...long, 'dashboard/src/b.test.ts']

  const phases = toPhases(files)

  assert.deepEqual(phases.flatMap((phase) => phase.files).toSorted(), files.toSorted())
  assert.deepEqual(phases[0]?.files, ['core/a.test.ts', 'dashboard/src/b.test.ts'])
  assert.deepEqual(phases[1], { files: alone, concurrency: 1 })
  assert.ok(phases[2]?.files.every((file) => timed.includes(file)))
  assert.equal(phases[3]?.files[0], 'dashboard/tests/pages.test.ts')
  assert.equal(phases[3]?.files.at(-1), 'tests/flows/short.test.ts')
})

test('the files that are told to be long or timed are there', () => {
  const gone = [...Object.keys(longest), ...alone, ...timed].filter((file) => !existsSync(join(root, file)))

  assert.deepEqual(gone, [])
})
