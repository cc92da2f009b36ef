/** Connections to PostgreSQL that are lost at the worst moments, one by one. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { openDatabase, type Database } from '#core/database.ts'
import { isOutage } from '#core/outage.ts'
import { openFaultProxy } from '#tests/harness/fault-proxy.ts'
import { openPostgres, type TestPostgres } from '#tests/harness/postgres.ts'

let postgres: TestPostgres
let database: Database
before(async () => {
  postgres = await openPostgres()
  await postgres.query('postgres', 'create table kept (value text)')
  database = await openDatabase({ url: postgres.url, name: 'lost' })
})
after(async () => {
  await database[Symbol.asyncDispose]()
  await postgres[Symbol.asyncDispose]()
})

const cut = (pid: unknown) => postgres.query('postgres', 'select pg_terminate_backend($1)', [pid])
/** What a transaction does after its loss would end this process while no test runs, and nobody would be red. */
const untilItWentOn = () => delay(300)
const isOver = (error: unknown) => isOutage(error)

test('a transaction that loses its connection while it does something else fails, and ends nobody', async () => {
  const lost = database.sql.begin(async (tx) => {
    const [row] = await tx<{ pid: number }[]>`select pg_backend_pid() as pid`
    await cut(row?.pid)
    await delay(100)
    return 'done'
  })

  await assert.rejects(lost, isOver)
  await untilItWentOn()
})

test('a transaction that goes on after it lost its connection fails, and ends nobody', async () => {
  const lost = database.sql.begin(async (tx) => {
    const [row] = await tx<{ pid: number }[]>`select pg_backend_pid() as pid`
    await cut(row?.pid)
    await delay(100)
    return tx`insert into public.kept values ('lost')`
  })

  await assert.rejects(lost, isOver)
  await untilItWentOn()
})

test('a transaction whose last statement fails, which leaves together with its COMMIT, keeps nothing', async () => {
  const failed = database.writingSteps(async (tx) => {
    await tx`insert into public.kept values ('half')`
    return { result: null, last: () => tx`insert into public.kept select (1 / length('')::int)::text`.execute() }
  })

  await assert.rejects(failed, { code: '22012' })
  assert.deepEqual(await kept('half'), [])
  await database.writingSteps(async (tx) => ({
    result: null,
    last: () => tx`insert into public.kept values ('whole')`.execute(),
  }))
  assert.equal((await kept('whole')).length, 1)
})

test('a transaction of which a statement failed and nobody looked does not pass for committed', async () => {
  const failed = database.writingSteps(async (tx) => {
    await tx`insert into public.kept values ('unnoticed')`
    await tx`select 1 / length('')`.catch(() => undefined)
    return { result: null, last: async () => undefined }
  })

  await assert.rejects(failed, /rolled back/)
  assert.deepEqual(await kept('unnoticed'), [])
})

const kept = (value: string) => postgres.query('postgres', 'select value from kept where value = $1', [value])

test('work goes on within a second of a loss, however many connections were lost', async () => {
  const { sql, writingSteps } = database
  for (let time = 0; time < 20; time++) {
    await cutAll()
    const since = performance.now()
    // Which connections are gone is noticed one by one.
    await again(() => Promise.all([sql`insert into public.kept values ('a')`, sql.begin((tx) => tx`select 1`)]))
    await again(() =>
      writingSteps(async (tx) => ({ result: null, last: () => tx`insert into public.kept values ('b')`.execute() })),
    )
    assert.ok(performance.now() - since < 1_000, `${time}: ${Math.round(performance.now() - since)} ms`)
  }
})

async function again(work: () => Promise<unknown>): Promise<void> {
  for (const end = Date.now() + 5_000; ; await delay(20))
    try {
      return void (await work())
    } catch (error) {
      if (!isOutage(error) || Date.now() > end) throw error
    }
}

async function cutAll(): Promise<void> {
  await postgres.query('postgres', `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'lost'`)
}

test('who listens hears again after a loss, and is told that something may have been missed', async () => {
  const heard: string[] = []
  let times = 0
  const listening = await database.sql.listen(
    'news',
    (payload) => heard.push(payload),
    () => times++,
  )

  await cutAll()
  while (times < 2) await delay(10)
  await postgres.query('postgres', `notify news, 'again'`)
  while (heard.length === 0) await delay(10)

  assert.deepEqual([heard, times], [['again'], 2])
  await listening.unlisten()
})

test('no connection is left behind by those that were lost', async () => {
  await cutAll()
  await Promise.allSettled(Array.from({ length: 20 }, () => database.sql`select 1`))
  await delay(1_500)

  const [row] = await postgres.query(
    'postgres',
    `select count(*)::int as count from pg_stat_activity where application_name = 'lost'`,
  )

  assert.ok(Number(row?.count) <= 10, `${String(row?.count)} connections`)
})

test('a server that says nothing any more is given up, and another connection is made', async () => {
  await using proxy = await openFaultProxy({ to: postgres })
  const url = new URL(postgres.url)
  url.port = String(proxy.port)
  await using mute = await openDatabase({ url: url.href, name: 'mute' })
  await mute.sql.listen('news', () => {})

  proxy.hang()
  const unanswered = mute.sql`select 1`

  await assert.rejects(unanswered, isOver)
  await proxy.heal()
  await delay(200)
  assert.deepEqual([...(await mute.sql`select 1 as one`)], [{ one: 1 }])
})
