/**
 * `npm run bench:reconcile`: how long a reconciliation of 100,000 accounts in a PostgreSQL table takes on this machine, and how much memory the process
 * holds that does it. The last line is one JSON object.
 */
import { bringCrowd, reconcileCrowd } from '../harness/crowd.ts'
import { megabytes, processesOf } from '../harness/processes.ts'
import { shippedRules, sqlTargets } from '../harness/sql-targets.ts'
import { openWorld } from '../harness/world.ts'

const [count = 100_000] = process.argv.slice(2).map(Number)

await using world = await openWorld({
  engine: 'redis',
  durable: true,
  ruleSet: shippedRules(),
  targets: sqlTargets,
  variables: { WORKER_LEASE_SECONDS: '30', WORKER_ISOLATION: 'kind' },
})
const person = await world.login()
await bringCrowd(world, count)
const [worker] = world.workers
const pid = worker && processesOf(worker)['sql']
if (pid === undefined) throw new Error('no process serves sql')
const before = megabytes(pid, 'VmRSS')

console.log(`${count} accounts in the target, ${count} in the ledger…`)
const begin = performance.now()
const run = await reconcileCrowd(world, person)
const seconds = (performance.now() - begin) / 1_000
const { matched, missing, orphan, divergent } = run.counts
console.log(
  `  ${run.state} in ${seconds.toFixed(1)} s: ${matched} as they were left, ${missing} missing, ${orphan} orphans, ${divergent} divergent`,
)
const atMost = megabytes(pid, 'VmHWM')
console.log(`  the process that does it: ${before} MB before, ${atMost} MB at most`)
console.log(
  JSON.stringify({
    accounts: run.listed,
    seconds: Number(seconds.toFixed(1)),
    accounts_s: Math.round(run.listed / seconds),
    process_mb_before: before,
    process_mb_at_most: atMost,
  }),
)
