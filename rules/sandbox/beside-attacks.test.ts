import assert from 'node:assert/strict'
import { performance } from 'node:perf_hooks'
import { after, before, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { pino } from 'pino'
import { createProgram, type Program } from '../program.ts'
import { openSandbox, type Sandbox } from './index.ts'

let sandbox: Sandbox
before(async () => {
  sandbox = await openSandbox({ log: pino({ level: 'silent' }), size: 2 })
  await run(good, { name: 'x' })
})
after(() => sandbox[Symbol.asyncDispose]())

const programOf = (expression: string): Program => createProgram([{ path: 'a', at: null, expression, store: null }], ['t'])
const run = (program: Program, root = {}) =>
  sandbox
    .evaluate(program, { root, slots: [0], guards: [-1] }, async () => null)
    .then(
      () => 'done',
      () => 'refused',
    )

const good = programOf("name & '!'")

/** The 99th percentile of how long plans of a well-behaved rule set take, in milliseconds, one every five milliseconds. */
async function p99(milliseconds: number): Promise<number> {
  const times: number[] = []
  const pending: Promise<unknown>[] = []
  const end = performance.now() + milliseconds
  while (performance.now() < end) {
    const begun = performance.now()
    pending.push(run(good, { name: 'x' }).then(() => times.push(performance.now() - begun)))
    await delay(5)
  }
  await Promise.all(pending)
  return times.toSorted((left, right) => left - right)[Math.floor(times.length * 0.99)] ?? 0
}

/** Longer than any plan takes on a machine that is overrun by others, and shorter than the second for which an attack holds a process. */
const bound = (alone: number) => Math.max(400, 10 * alone)

test('plans of others take as long as ever while new rule sets hang, six at a time', async (t) => {
  const alone = await p99(1_500)
  let attacks = 0
  const attacking = new AbortController()
  const attackers = Array.from({ length: 6 }, async (_, number) => {
    while (!attacking.signal.aborted) {
      attacks++
      await run(programOf(`($f := function($x) { $f($x + ${number}) }; $f(${attacks}))`))
    }
  })

  const beside = await p99(3_000)
  attacking.abort()
  await Promise.all(attackers)

  t.diagnostic(`p99 of others: ${beside.toFixed(1)} ms beside ${attacks} attacks, ${alone.toFixed(1)} ms without`)
  assert.ok(attacks > 6, `${attacks} attacks`)
  assert.ok(beside < bound(alone), `p99 ${beside.toFixed(1)} ms, ${alone.toFixed(1)} ms without`)
})

test('a rule set that was well for long, and hangs for some people only, holds others up for a moment at most', async (t) => {
  const turncoat = programOf('bad ? ($f := function($x) { $f($x + 1) }; $f(1)) : 1')
  for (let count = 0; count < 50; count++) await run(turncoat)
  const alone = await p99(1_500)

  const ends = Promise.all(Array.from({ length: 6 }, () => run(turncoat, { bad: true })))
  const beside = await p99(3_000)

  t.diagnostic(`p99 of others: ${beside.toFixed(1)} ms beside six that hang, ${alone.toFixed(1)} ms without`)
  assert.ok(beside < bound(alone), `p99 ${beside.toFixed(1)} ms, ${alone.toFixed(1)} ms without`)
  assert.deepEqual([...new Set(await ends)], ['refused'])
})

test('a new rule set does not wait behind those that were stopped', async () => {
  const hanging = programOf('($f := function($x) { $f($x) }; $f(1))')
  await run(hanging)
  const queued = Array.from({ length: 4 }, () => run(hanging))

  const begun = performance.now()
  assert.equal(await run(programOf('1 + 1')), 'done')
  const waited = performance.now() - begun

  assert.ok(waited < 2_000, `waited ${Math.round(waited)} ms`)
  assert.deepEqual([...new Set(await Promise.all(queued))], ['refused'])
})
