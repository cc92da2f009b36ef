import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { test } from 'node:test'
import { pino } from 'pino'
import { createProgram, type Job, type Program } from '../program.ts'
import { openSandbox, type SandboxOptions } from './index.ts'

const open = (options: Partial<SandboxOptions> = {}) => openSandbox({ log: pino({ level: 'silent' }), size: 1, ...options })

function programOf(...expressions: readonly (string | { readonly store: string; readonly expression: string })[]): Program {
  const slots = expressions.map((entry, number) =>
    typeof entry === 'string'
      ? { path: `slot ${number}`, at: null, expression: entry, store: null }
      : { path: `identity.${entry.store}`, at: null, ...entry },
  )
  return createProgram(slots, ['everywhere'])
}

function jobOf(program: Program, root: Job['root'] = {}): Job {
  return { root, slots: program.slots.map((_, number) => number), guards: program.slots.map(() => -1) }
}

const noAnswer = async () => null

test('later expressions see what earlier ones computed, as one value, as a list, or not at all', async () => {
  await using sandbox = await open()
  const program = programOf(
    { store: 'one', expression: '["a"]' },
    { store: 'two', expression: '["a", "b", "", "a"]' },
    { store: 'none', expression: '""' },
    'identity.one & "!"',
    '$count(identity.two)',
    '$exists(identity.none)',
  )

  const results = await sandbox.evaluate(program, jobOf(program), noAnswer)

  assert.deepEqual(results.slice(3), ['a!', 2, false])
})

test('a guarded expression is not evaluated when its guard is not true', async () => {
  await using sandbox = await open()
  const program = programOf('external = false', '$error("not asked for")', '"asked"')

  const results = await sandbox.evaluate(program, { root: { external: true }, slots: [0, 1, 2], guards: [-1, 0, -1] }, noAnswer)

  assert.deepEqual(results, [false, null, 'asked'])
})

test('$unique asks the parent, several times in one job, and uses its answers', async () => {
  await using sandbox = await open()
  const program = programOf(
    { store: 'login', expression: '$unique("doe")' },
    { store: 'mail', expression: '$unique([identity.login & "@a", identity.login & "@b"], "mail")' },
  )
  const questions: unknown[] = []

  const results = await sandbox.evaluate(program, jobOf(program), async (question) => {
    questions.push(question)
    return `${question.candidates.at(-1)}2`
  })

  assert.deepEqual(results, ['doe2', 'doe2@b2'])
  assert.deepEqual(questions, [
    { candidates: ['doe'], namespaces: ['everywhere'], maxLength: null, pattern: '{value}{n}', from: 2 },
    { candidates: ['doe2@a', 'doe2@b'], namespaces: ['mail'], maxLength: null, pattern: '{value}{n}', from: 2 },
  ])
})

test('while one job waits for the answer to $unique, its process works on others', async () => {
  await using sandbox = await open()
  const program = programOf('$unique("doe")')
  const answer = Promise.withResolvers<string>()

  const waiting = sandbox.evaluate(program, jobOf(program), () => answer.promise)
  const other = programOf('1 + 1')
  const meanwhile = await sandbox.evaluate(other, jobOf(other), noAnswer)
  answer.resolve('doe7')

  assert.deepEqual(meanwhile, [2])
  assert.deepEqual(await waiting, ['doe7'])
})

test('waiting for an answer does not count as working', async () => {
  await using sandbox = await open({ timeoutMs: 200 })
  const program = programOf('$unique("doe") & "!"')

  const results = await sandbox.evaluate(program, jobOf(program), async () => {
    await sleep(500)
    return 'doe'
  })

  assert.deepEqual(results, ['doe!'])
})

test('an error of the answer is the error of the job, and the process goes on', async () => {
  await using sandbox = await open()
  const program = programOf('$unique("doe")')

  const failing = sandbox.evaluate(program, jobOf(program), () => Promise.reject(new Error('the database is away')))

  await assert.rejects(failing, /the database is away/)
  assert.deepEqual(await sandbox.evaluate(program, jobOf(program), async () => 'doe'), ['doe'])
})

/** Splitting by a regular expression runs inside JSONata without a look at its own clock. */
const slow = `$count($split($reduce([1..15], function($a, $b) { $a & $a }, '${'ab '.repeat(20)}'), /b/))`

test('an expression that cannot be interrupted is killed, named, and a fresh process takes its place at once', async () => {
  await using sandbox = await open({ timeoutMs: 400, memoryMb: 256 })
  const program = programOf('"quick"', slow)

  const killed = sandbox.evaluate(program, jobOf(program), noAnswer)
  const next = programOf('"still here"')
  const after = sandbox.evaluate(next, jobOf(next), noAnswer)

  await assert.rejects(killed, { code: 'rule_timeout', message: /^slot 1: the rules took longer than 400 ms/ })
  assert.deepEqual(await after, ['still here'])
})

test('a job that waited in a killed process is started again elsewhere and does not notice', async () => {
  await using sandbox = await open({ timeoutMs: 400, memoryMb: 256 })
  const asking = programOf('$unique("doe")')
  const attack = programOf(slow)
  const killed = Promise.withResolvers<void>()
  let asked = 0

  const innocent = sandbox.evaluate(asking, jobOf(asking), async () => {
    asked++
    await killed.promise
    return 'doe'
  })
  await assert.rejects(sandbox.evaluate(attack, jobOf(attack), noAnswer), { code: 'rule_timeout' })
  killed.resolve()

  assert.deepEqual(await innocent, ['doe'])
  assert.equal(asked, 2)
})

test('a gateway that was busy itself does not take its own delay for a slow rule', async () => {
  await using sandbox = await open({ timeoutMs: 50 })
  const program = programOf('"quick"')

  const answer = sandbox.evaluate(program, jobOf(program), noAnswer)
  for (const end = Date.now() + 200; Date.now() < end;) Math.sqrt(2)

  assert.deepEqual(await answer, ['quick'])
})

test('a sandbox whose processes cannot start says so', async () => {
  await assert.rejects(open({ memoryMb: 1 }), { code: 'unavailable', message: /cannot start/ })
})

test('more programs than a process keeps are compiled again when they are needed again', async () => {
  await using sandbox = await open()
  const programs = Array.from({ length: 40 }, (_, number) => programOf(`${number} + 1`))

  const round = async () => {
    const results: unknown[] = []
    for (const program of programs) results.push(...(await sandbox.evaluate(program, jobOf(program), noAnswer)))
    return results
  }

  assert.deepEqual(
    await round(),
    programs.map((_, number) => number + 1),
  )
  assert.deepEqual(
    await round(),
    programs.map((_, number) => number + 1),
  )
})

test('a hundred jobs at once on two processes get their own answers', async () => {
  await using sandbox = await open({ size: 2 })
  const program = programOf('$unique($string(n)) & "/" & $uppercase(name)')

  const results = await Promise.all(
    Array.from({ length: 100 }, (_, n) =>
      sandbox.evaluate(program, jobOf(program, { n, name: `p${n}` }), async ({ candidates }) => `u${candidates[0]}`),
    ),
  )

  assert.deepEqual(
    results,
    Array.from({ length: 100 }, (_, n) => [`u${n}/P${n}`]),
  )
})

test('closing refuses what is queued or running and leaves no process behind', async () => {
  const sandbox = await open({ size: 2 })
  const program = programOf('$unique("doe")')
  const running = sandbox.evaluate(program, jobOf(program), () => new Promise(() => undefined))
  const refused = assert.rejects(running, { code: 'unavailable' })

  await sandbox[Symbol.asyncDispose]()

  await refused
  await assert.rejects(sandbox.evaluate(program, jobOf(program), noAnswer), { code: 'unavailable' })
  assert.doesNotMatch(
    execFileSync('ps', ['--ppid', String(process.pid), '-o', 'args='], { encoding: 'utf8' }),
    /sandbox\/child\.ts/,
  )
})

test('a sandbox process ends by itself when its parent dies', async () => {
  const { spawn } = await import('node:child_process')
  const script = `
    const { openSandbox } = await import(${JSON.stringify(`${import.meta.dirname}/index.ts`)})
    await openSandbox({ size: 1, log: { warn() {}, debug() {} } })
    process.stdout.write(String(process.pid))`
  const parent = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(parent.stdout, 'data')
  const children = () =>
    execFileSync('ps', ['-eo', 'pid=,ppid=,args='], { encoding: 'utf8' })
      .split('\n')
      .filter((line) => line.includes('sandbox/child.ts'))
  const mine = children()
    .filter((line) => line.trim().split(/\s+/)[1] === String(parent.pid))
    .map((line) => line.trim().split(/\s+/)[0])

  parent.kill('SIGKILL')
  await once(parent, 'exit')
  for (let wait = 0; wait < 50 && children().some((line) => mine.includes(line.trim().split(/\s+/)[0])); wait++) await sleep(20)

  assert.equal(mine.length, 2, 'one, and one on trial')
  assert.deepEqual(
    children().filter((line) => mine.includes(line.trim().split(/\s+/)[0])),
    [],
  )
})
