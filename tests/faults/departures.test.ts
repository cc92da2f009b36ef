/**
 * Deletions at the end of a grace, with servers that die: each is filed once, exactly when its day has come by the database's clock, and what one
 * server took and could not file another one files.
 */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { claimDepartures, takeDueDepartures } from '#core/ledger/file-departures.ts'
import { ask, daysPass, deletionsOf, departuresOf, joiner, rulesForLeavers, until } from '#tests/harness/leavers.ts'
import { findAccount, sqlTargets } from '#tests/harness/sql-targets.ts'
import { openStoppedClock } from '#tests/harness/stopped-clock.ts'
import { openWorld, type World } from '#tests/harness/world.ts'

let world: World
before(async () => {
  world = await openWorld({ engine: 'redis', targets: sqlTargets, ruleSet: rulesForLeavers() })
})
after(() => world[Symbol.asyncDispose]())

async function left(externalId: string, familyName: string): Promise<void> {
  await world.submit(joiner(externalId, familyName))
  await ask(world, 'disable', externalId)
}
const isDeleted = async (externalId: string) => (await deletionsOf(world, externalId))[0]?.state === 'succeeded'

test('a server dies with what it took: another one files it when the lease is over', async () => {
  await left('c1', 'Aeschbach')
  const doomed = await world.startServer({ CRASH_AT: 'departure:taken' })
  world.server.freeze()

  await daysPass(world, 'c1', 31)
  await doomed.died()
  const [lease] = await world.query(
    `select round(extract(epoch from look_at - clock_timestamp()) / 10) as tens from passerelle.departure
     join passerelle.identity on identity.id = identity_id where external_id = 'c1' and target = 'intranet'`,
  )
  const filed = await deletionsOf(world, 'c1')
  world.server.thaw()
  await world.query(
    `update passerelle.departure set look_at = clock_timestamp() where state = 'waiting' and delete_at < clock_timestamp()`,
  )
  await until(() => isDeleted('c1'))

  assert.deepEqual([Number(lease?.['tens']), filed], [3, []])
  assert.equal((await deletionsOf(world, 'c1')).length, 1)
})

test('a server dies right after it filed: the deletion is carried out, and not filed again', async () => {
  await left('c2', 'Bodmer')
  const doomed = await world.startServer({ CRASH_AT: 'accept:committed' })
  world.server.freeze()

  await daysPass(world, 'c2', 31)
  await doomed.died()
  world.server.thaw()
  await until(() => isDeleted('c2'))
  await world.query('update passerelle.departure set look_at = clock_timestamp() where look_at is not null')
  await new Promise((resolve) => setTimeout(resolve, 4_500))

  assert.equal((await deletionsOf(world, 'c2')).length, 1)
  assert.equal(await findAccount(world, 'abodmer'), null)
})

test('sixty graces end at once under two servers and two workers: sixty deletions', async () => {
  const letters = (number: number) => String.fromCodePoint(97 + Math.floor(number / 26), 97 + (number % 26))
  const people = Array.from({ length: 60 }, (_, number) => `many-${number}`)
  await Promise.all(people.map((id, number) => left(id, `Many${letters(number)}`)))
  const second = await world.startServer()
  await world.startWorker()

  await world.query(
    `update passerelle.departure set disabled_at = disabled_at - interval '31 days', delete_at = clock_timestamp(), look_at = clock_timestamp() where target = 'intranet'`,
  )
  await until(async () => (await Promise.all(people.map(isDeleted))).every(Boolean), 60_000)
  const counts = await Promise.all(people.map(async (id) => (await deletionsOf(world, id)).length))
  const [rest] = await world.postgres.query(
    'targets',
    `select count(*)::int as n from intranet.account where username like 'amany%'`,
  )
  await second.kill('SIGTERM')

  assert.deepEqual([...new Set(counts)], [1])
  assert.deepEqual(rest, { n: 0 })
})

test('not a millisecond early: by the database’s clock, whatever a server thinks', async () => {
  await left('x1', 'Clavadetscher')
  const [departure] = (await departuresOf(world, 'x1')).filter(({ target }) => target === 'intranet')
  assert.ok(departure !== undefined)
  const sql = await openStoppedClock(world, 1)
  const at = async (milliseconds: number) => {
    await sql`update stopped.clock set at = (select delete_at from departure where id = ${departure.id}) + make_interval(secs => ${milliseconds / 1000})`
    const refused = await sql
      .begin(async (tx) => {
        const ids = await claimDepartures(tx, [{ id: departure.disabledBy, departure: departure.id }])
        throw Object.assign(new Error('only to see'), { ids })
      })
      .catch((error: unknown) => (error as { ids: readonly string[] }).ids)
    // Asked as if it had been woken too early.
    await sql`update departure set look_at = (select at from stopped.clock) where id = ${departure.id}`
    const taken = await takeDueDepartures(sql, 10, 30)
    return [refused.length === 0, taken.some(({ id }) => id === departure.id)]
  }

  const [before, then] = [await at(-1), await at(0)]
  await sql.end()

  assert.deepEqual(
    [before, then],
    [
      [false, false],
      [true, true],
    ],
  )
})

test('the audit trail is whole after all that', async () => {
  const { code, output } = await world.cli('audit', 'verify')

  assert.equal(code, 0, output)
})
