/**
 * The ledger's SQL and the machine are the same: both get the same random events, on a real PostgreSQL and in memory, and after each of them both
 * must have given the same answer and stand the same.
 */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import fc from 'fast-check'
import { openDatabase, type Database } from '#core/database.ts'
import { openLedger, type Ledger } from '#core/ledger/index.ts'
import { createLog } from '#core/log.ts'
import { migrate } from '#core/migrate.ts'
import { step, type Outcome } from '#core/saga/machine.ts'
import { emptySaga } from '#core/saga/state.ts'
import { createSealer } from '#core/sealing.ts'
import { openPostgres } from '../harness/postgres.ts'
import { draws, toHappening, type Draw } from './events.ts'
import { askLedger, passTime, standingOfLedger, standingOfMachine, wipe, withOurClock } from './ledger-side.ts'

const stack = new AsyncDisposableStack()
let database: Database
let ledger: Ledger

before(async () => {
  const postgres = stack.use(await openPostgres())
  database = stack.use(await openDatabase({ url: await postgres.createDatabase('passerelle'), name: 'test' }))
  await migrate(database.sql)
  ledger = openLedger({ database, sealer: createSealer(randomBytes(32).toString('base64')), log: createLog('silent', 'test') })
})
after(() => stack.disposeAsync())

/** Milliseconds for the random lists; how many fit depends on the machine. */
const timeBox = 15_000

test('the ledger and the machine answer the same and stand the same after every one of the same random events', async () => {
  let events = 0
  await fc.assert(
    fc.asyncProperty(draws(40), async (list) => {
      await wipe(database.sql)
      events += await drive(list)
    }),
    { plugins: [fc.interruptAfterTimeLimit(timeBox)], numRuns: 10_000 },
  )

  assert.ok(events > 300, `only ${events} events in ${timeBox} ms`)
})

/** Gives the same events to both, and compares after each. */
async function drive(list: readonly Draw[]): Promise<number> {
  let saga = emptySaga
  let passed = 0
  const history: string[] = []
  let last = 0
  for (const [number, draw] of list.entries()) {
    // The ledger's clock goes on within a millisecond, the machine's does not: no two events are of the same one.
    while (Date.now() === last) await setImmediate()
    last = Date.now()
    const at = last + passed
    const happening = toHappening(saga, draw, number, at)
    if (happening === null) continue
    history.push(JSON.stringify(happening))
    if (happening.kind === 'pass') {
      passed += happening.seconds * 1000
      await passTime(database.sql, happening.seconds)
      continue
    }
    const outcome = step(saga, happening as never) as Outcome<unknown>
    saga = outcome.saga

    const answer = await askLedger(ledger, database.sql, happening, saga)

    const context = () => `after\n${history.join('\n')}`
    if (answer !== undefined) assert.deepEqual(answer, outcome.answer, context())
    const [theirs, ours] = [await standingOfLedger(database.sql, passed), standingOfMachine(saga)]
    assert.deepEqual(withOurClock(theirs, ours), ours, context())
  }
  return history.length
}
