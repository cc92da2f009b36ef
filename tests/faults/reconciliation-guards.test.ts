/**
 * The guards in reconciliation's statements, one by one, on a real PostgreSQL and without the processes around them: what two workers at one
 * target, or two people who ask at once, would do.
 */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { openDatabase, type Sql } from '#core/database.ts'
import { migrate } from '#core/migrate.ts'
import { beginReconciliation, readReconciliations } from '#core/reconciliations/store.ts'
import {
  claimReconciliation,
  completeFindings,
  endReconciliation,
  writePage,
  type ClaimedReconciliation,
} from '#core/reconciliations/work.ts'
import { uuidv7 } from '#core/uuid.ts'
import { openPostgres } from '../harness/postgres.ts'

const stack = new AsyncDisposableStack()
let sql: Sql

before(async () => {
  const postgres = stack.use(await openPostgres())
  const database = stack.use(await openDatabase({ url: await postgres.createDatabase('passerelle'), name: 'test' }))
  await migrate(database.sql)
  sql = database.sql
})
after(() => stack.disposeAsync())

test('of two who ask for the same target at once, the second finds the first one’s reconciliation under way', async () => {
  const asked = [await begin('asked-twice'), await begin('asked-twice'), await begin('another')]

  assert.deepEqual(asked, [true, false, true])
  assert.equal((await readReconciliations(sql, { target: 'asked-twice', limit: 10 })).length, 1)
})

test('a reconciliation that a worker is at is nobody else’s, until it gave no sign of life for long enough', async () => {
  await begin('held')
  const first = await claim('held', 30)

  const meanwhile = await claimReconciliation(sql, 'held', 30)
  await sql`update reconciliation set lease_until = clock_timestamp() where id = ${first.id}`
  const taken = await claim('held', 30)

  assert.equal(meanwhile, null)
  assert.deepEqual([first.fence, taken.id, taken.fence], [1, first.id, 2])
})

test('a page of a worker whose reconciliation was taken over is not written', async () => {
  const { zombie, owner } = await takenOver('pages')

  const written = [await writePage(sql, zombie, page('z'), 1, 30), await writePage(sql, owner, page('a', 'b'), 1, 30)]

  const [run] = await readReconciliations(sql, { id: owner.id, limit: 1 })
  const found = await sql`select native_id from finding where target = 'pages' order by native_id`
  assert.deepEqual(written, [false, true])
  assert.deepEqual([run?.listed, run?.orphan], [2, 2])
  assert.deepEqual(
    found.map((row) => row['native_id']),
    ['a', 'b'],
  )
})

test('a worker whose reconciliation was taken over closes no findings', async () => {
  const { zombie, owner } = await takenOver('findings')
  await sql`insert into finding (target, kind, native_id, label, first_run, last_run) values ('findings', 'orphan', 'old', 'old', 0, 0)`

  const completed = await completeFindings(sql, zombie)

  assert.equal(completed, false)
  assert.deepEqual((await sql`select closed_at from finding where target = 'findings'`)[0]?.['closed_at'], null)
  assert.equal(await completeFindings(sql, owner), true)
  assert.notEqual((await sql`select closed_at from finding where target = 'findings'`)[0]?.['closed_at'], null)
})

test('a worker whose reconciliation was taken over does not end it', async () => {
  const { zombie, owner } = await takenOver('ends')
  const end = (held: ClaimedReconciliation) =>
    sql.begin((tx) => endReconciliation(tx, held, { code: 'internal', message: 'it died' }))

  const ended = await end(zombie)

  assert.equal(ended, null)
  assert.equal((await readReconciliations(sql, { id: owner.id, limit: 1 }))[0]?.state, 'running')
  assert.notEqual(await end(owner), null)
  assert.equal((await readReconciliations(sql, { id: owner.id, limit: 1 }))[0]?.state, 'failed')
})

function begin(target: string): Promise<boolean> {
  return sql.begin((tx) => beginReconciliation(tx, { id: uuidv7(), target, by: 'test', reason: null }))
}

async function claim(target: string, seconds: number): Promise<ClaimedReconciliation> {
  const claimed = await claimReconciliation(sql, target, seconds)
  assert.ok(claimed !== null)
  return claimed
}

/** Two claims of one reconciliation, the first of which ran out. */
async function takenOver(target: string) {
  await begin(target)
  return { zombie: await claim(target, 0), owner: await claim(target, 30) }
}

function page(...nativeIds: string[]) {
  const findings = nativeIds.map((nativeId) => ({
    kind: 'orphan' as const,
    nativeId,
    label: nativeId,
    identityId: null,
    candidateId: null,
    differences: [],
  }))
  return { nativeIds, findings, busy: [], matched: 0 }
}
