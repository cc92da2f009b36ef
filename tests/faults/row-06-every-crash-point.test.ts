/**
 * Row 6: a server and two workers run; one of them is killed at each labelled place in turn. What was answered 2xx is carried out, by
 * one flow, with one decision; what is undone is undone once. On both queue engines, at the same time.
 */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { crashLabels, type CrashLabel } from '#core/crash-points.ts'
import type { WorldProcess } from '../harness/world.ts'
import { assertArrived, assertLeftNoTrace, openStage, unwelcome, welcome, type Stage } from './stage.ts'

/**
 * Several die in one round, which saves waiting for as many leases; no step meets two of them.
 */
const rounds = [
  ['relay:taken', 'apply:claimed', 'reconcile:woken'],
  ['relay:rung', 'apply:called', 'finalize:decided'],
  ['apply:settled', 'undo:claimed'],
  ['undo:called', 'undo:settled'],
] as const satisfies readonly (readonly CrashLabel[])[]
/** Where the queues are does not matter to who dies, but to what becomes of the jobs: there two rounds are enough. */
const roundsOf = { redis: rounds, postgres: [rounds[1], rounds[3]] } as const
const inServers = ['accept:committed'] as const satisfies readonly CrashLabel[]
/** Met in `departures.test.ts` and in `tests/flows/password-resets.test.ts`. */
const elsewhere = ['departure:taken', 'undo:resetting'] as const satisfies readonly CrashLabel[]

test('every crash point is met', () => {
  assert.deepEqual([...rounds.flat(), ...inServers, ...elsewhere].toSorted(), [...crashLabels].toSorted())
})

describe('with two of each running', { concurrency: 2 }, () => {
  for (const engine of ['redis', 'postgres'] as const)
    describe(`and the queues in ${engine}`, { concurrency: 1 }, () => {
      let stage: Stage
      before(async () => {
        stage = await openStage({ engine, variables: { WORKER_LEASE_SECONDS: '3' } }, engine === 'redis' ? 3000 : 4000)
      })
      after(() => stage[Symbol.asyncDispose]())

      for (const labels of roundsOf[engine])
        test(`workers killed at ${labels.join(', ')} change nothing about how newcomers end`, async () => {
          const doomed = await Promise.all(labels.map((label) => stage.world.startWorker({ CRASH_AT: label })))

          const asked = await askUntilDead(stage, doomed, labels.includes('reconcile:woken' as never))

          for (const { id, number, isWelcome } of asked) {
            const settled = await stage.world.settled(id, 60_000)
            await (isWelcome ? assertArrived : assertLeftNoTrace)(stage, settled, number)
          }
        })

      test('a server killed between the commit and its answer has accepted the request once, and it is carried out', async () => {
        const { world } = stage
        const number = stage.next()
        const doomed = await world.startServer({ CRASH_AT: 'accept:committed' })
        const key = { 'Idempotency-Key': `once-${number}` }

        await assert.rejects(doomed.submit(welcome(number), key))
        await doomed.died()
        const again = await world.submit(welcome(number), key)

        await assertArrived(stage, await world.settled(again.body.id, 60_000), number)
        const [accepted] = await world.query('select count(*)::int as n from passerelle.request where external_id = $1', [
          `E-${number}`,
        ])
        assert.equal(accepted?.n, 1)
      })

      test('the audit trail is whole after all that', async () => {
        const { code, output } = await stage.world.cli('audit', 'verify')

        assert.equal(code, 0, output)
      })
    })
})

interface Asked {
  readonly id: string
  readonly number: number
  readonly isWelcome: boolean
}

/** Newcomers come in, welcome and unwelcome, until the processes that are to die have met their labels. */
async function askUntilDead(stage: Stage, doomed: readonly WorldProcess[], mustWake: boolean): Promise<readonly Asked[]> {
  const { world } = stage
  const asked: Asked[] = []
  // While nobody can write there, requests stay unfinished, so that there is something to wake.
  const lock = mustWake ? await stage.three.postgres.hold('hr', 'lock table person in exclusive mode') : null
  const alive = () => doomed.some(({ child }) => child.signalCode === null)
  for (const end = Date.now() + 30_000; alive(); await delay(200)) {
    assert.ok(Date.now() < end, 'a process never came to the place where it should die')
    if (asked.length < 16)
      for (const isWelcome of [true, false]) {
        const number = stage.next()
        const { body } = await world.submit((isWelcome ? welcome : unwelcome)(number), { Prefer: 'respond-async' })
        asked.push({ id: body.id, number, isWelcome })
      }
    if (mustWake)
      await world.query("update passerelle.request set wake_at = now() where state in ('queued', 'running', 'rolling_back')")
  }
  await lock?.[Symbol.asyncDispose]()
  await Promise.all(doomed.map((process) => process.died()))
  return asked
}
