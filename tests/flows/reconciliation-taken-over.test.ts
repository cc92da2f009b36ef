/** A reconciliation whose worker dies is taken over; and what the command line says of one. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import type { Reconciliation } from '#server/api/types.ts'
import { shippedRules, sqlTargets, targetDatabase } from '#tests/harness/sql-targets.ts'
import { openWorld, type World } from '#tests/harness/world.ts'

const reason = 'the yearly review'
let world: World

before(async () => {
  world = await openWorld({
    engine: 'redis',
    targets: async (postgres) => {
      const { intranet } = (await sqlTargets(postgres)) as { intranet: object }
      return { intranet: { ...intranet, rateLimit: { max: 5, per: '1s' } } }
    },
    ruleSet: withoutDirectory(),
    workers: 1,
    variables: { WORKER_LEASE_SECONDS: '2' },
  })
})
after(() => world[Symbol.asyncDispose]())

test('a worker that is killed in the middle is taken over where it was, or, where a target cannot go on from there, without counting twice', async () => {
  const admin = await world.login()
  await world.postgres.query(
    targetDatabase,
    "insert into intranet.account (username) select 'u' || n from generate_series(1, 4000) n",
  )
  const { body } = await world.call<Reconciliation>('POST', '/api/v1/reconciliations', { target: 'intranet', reason }, admin)
  const read = async () => (await world.call<Reconciliation>('GET', `/api/v1/reconciliations/${body.id}`, undefined, admin)).body
  const reaches = async (isReached: (run: Reconciliation) => boolean) => {
    for (const end = Date.now() + 30_000; ; await delay(20)) {
      const run = await read()
      if (isReached(run)) return run
      assert.ok(Date.now() < end, JSON.stringify(run))
    }
  }
  const progress = async () => (await world.query('select pages, listed from passerelle.reconciliation'))[0]

  await reaches(({ listed }) => listed >= 500)
  await world.workers[0]?.kill()
  const killed = await world.startWorker()
  await reaches(({ listed }) => listed >= 2000)
  await killed.kill()
  const before = await progress()
  await world.query('update passerelle.reconciliation set last_key = null')
  await world.startWorker()
  const run = await reaches(({ endedAt }) => endedAt !== null)

  assert.equal(before?.['listed'], Number(before?.['pages']) * 500, 'the first takeover listed no account a second time')
  assert.deepEqual([run.state, run.listed, run.counts.orphan], ['done', 4000, 4000])
  assert.equal((await progress())?.['pages'], Number(before?.['pages']) + 8, 'the second takeover began the listing anew')
  assert.deepEqual((await world.query('select count(*)::int as n from passerelle.finding where closed_at is null'))[0], {
    n: 4000,
  })
  assert.deepEqual(await world.query('select from passerelle.reconciliation_seen'), [])
})

test('the command line has a target reconciled, and says what is open', async () => {
  await world.postgres.query(targetDatabase, "delete from intranet.account where username <> 'u7'")

  const run = await world.cli('reconcile', 'run', 'intranet', '--reason', reason)
  const found = await world.cli('reconcile', 'findings', 'intranet')
  const wrong = await world.cli('reconcile', 'run', 'nowhere', '--reason', reason)
  const untold = await world.cli('reconcile', 'run', 'intranet')

  assert.equal(run.code, 0, run.output)
  assert.match(run.output, /intranet done; 1 listed: 0 as they were left, 0 missing, 1 orphans/)
  assert.equal(found.code, 1)
  assert.match(found.output, /^orphan +\S*\n$/)
  assert.deepEqual([wrong.code, untold.code], [2, 2])
})

function withoutDirectory(): object {
  const rules = shippedRules() as { targets: Record<string, unknown> }
  return { ...rules, targets: { intranet: rules.targets['intranet'] } }
}
