/** What a reconciliation takes does not grow with the accounts: the whole process that does it stays below what is promised. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bringCrowd, reconcileCrowd } from '#tests/harness/crowd.ts'
import { megabytes, processesOf } from '#tests/harness/processes.ts'
import { shippedRules, sqlTargets } from '#tests/harness/sql-targets.ts'
import { openWorld } from '#tests/harness/world.ts'

/** `npm run bench:reconcile` does it with 100,000 at once. */
const accounts = 40_000
const [promised, mostMore] = [200, 25]

test('the process that reconciles holds less than 200 MB, and not more of them after twice as many accounts', async () => {
  await using world = await openWorld({
    engine: 'redis',
    targets: sqlTargets,
    ruleSet: shippedRules(),
    variables: { WORKER_ISOLATION: 'kind' },
  })
  const person = await world.login()
  await bringCrowd(world, accounts)
  const [worker] = world.workers
  const pid = worker && processesOf(worker)['sql']
  assert.ok(pid !== undefined)

  const first = await reconcileCrowd(world, person)
  const afterFirst = megabytes(pid, 'VmHWM')
  const second = await reconcileCrowd(world, person)
  const atMost = megabytes(pid, 'VmHWM')

  assert.deepEqual([first.state, first.listed, second.counts], ['done', accounts, first.counts])
  assert.equal(first.counts.divergent, accounts / 20)
  assert.ok(atMost < promised, `${atMost} MB`)
  assert.ok(atMost - afterFirst < mostMore, `${atMost - afterFirst} MB more`)
})
