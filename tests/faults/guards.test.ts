/**
 * The guards in the ledger's statements and at the queue's door, one by one, on a real PostgreSQL and a real Redis and without the processes
 * around them: what two workers, two servers or an unfortunate moment would do.
 */
import assert from 'node:assert/strict'
import { randomBytes, randomUUID } from 'node:crypto'
import { after, before, test } from 'node:test'
import type { Receipt } from '#core/account.ts'
import { openDatabase, type Database } from '#core/database.ts'
import type { NewRequest } from '#core/ledger/accept.ts'
import { openLedger, type Ledger } from '#core/ledger/index.ts'
import { takeBells } from '#core/ledger/ring.ts'
import { createLog } from '#core/log.ts'
import { migrate } from '#core/migrate.ts'
import { openQueuePool } from '#core/queue-pool.ts'
import { openQueues } from '#core/queues.ts'
import { createSealer } from '#core/sealing.ts'
import { openPostgres, type TestPostgres } from '../harness/postgres.ts'
import { openRedis } from '../harness/redis.ts'

const log = createLog('silent', 'test')
const sealer = createSealer(randomBytes(32).toString('base64'))
const stack = new AsyncDisposableStack()
let postgres: TestPostgres
let database: Database
let ledger: Ledger

before(async () => {
  postgres = stack.use(await openPostgres())
  database = await open('passerelle')
  ledger = openLedger({ database, sealer, log })
})
after(() => stack.disposeAsync())

async function open(name: string): Promise<Database> {
  const opened = stack.use(await openDatabase({ url: await postgres.createDatabase(name), name: 'test' }))
  await migrate(opened.sql)
  return opened
}

test('of two workers that read the same step only one may call its target', async () => {
  const { ref } = await accepted()

  const claims = [await ledger.claim({ ...ref, ...reading }), await ledger.claim({ ...ref, ...reading })]

  assert.deepEqual(claims, [{ outcome: 'claimed', fence: 1 }, { outcome: 'superseded' }])
})

test('a step that is held cannot be claimed, though its state was read after the claim', async () => {
  const { ref } = await accepted()
  await ledger.claim({ ...ref, ...reading })
  const step = await ledger.readStep(ref)

  const claim = await ledger.claim({ ...ref, ...reading, fence: step?.fence ?? 0 })

  assert.ok((step?.leasedMs ?? 0) > 0)
  assert.deepEqual(claim, { outcome: 'superseded' })
})

test('a step that was taken up and given back since it was read must be read again', async () => {
  const { ref } = await accepted()
  await ledger.claim({ ...ref, ...reading })
  await ledger.settle({ ...ref, fence: 1, state: 'pending', actor: 'worker' })

  const claim = await ledger.claim({ ...ref, ...reading })

  assert.deepEqual(claim, { outcome: 'superseded' })
  const step = await ledger.readStep(ref)
  assert.deepEqual([step?.state, step?.fence, step?.leasedMs], ['pending', 1, 0])
})

test('what a worker says after another took its step over does not count', async () => {
  const { ref } = await accepted()
  await ledger.claim({ ...ref, ...reading, leaseSeconds: 0 })
  const second = await ledger.claim({ ...ref, ...reading, fence: 1 })

  const zombie = await ledger.settle({ ...ref, fence: 1, state: 'failed', actor: 'zombie' })
  const own = await ledger.settle({ ...ref, fence: 2, state: 'applied', receipt: created('n-fence'), actor: 'worker' })

  assert.deepEqual([second, zombie, own], [{ outcome: 'claimed', fence: 2 }, false, true])
  assert.equal((await ledger.readStep(ref))?.state, 'applied')
})

test('an undo that another took over may not set a password, and that one is about to be set is known to whoever goes on', async () => {
  const { ref } = await accepted()
  const receipt = created('n-reset')
  await ledger.claim({ ...ref, ...reading })
  await ledger.settle({ ...ref, fence: 1, state: 'applied', receipt, actor: 'worker' })
  await postgres.query('passerelle', "update passerelle.request set state = 'rolling_back' where id = $1", [ref.requestId])
  const undoing = { ...ref, purpose: 'undo', actor: 'worker' } as const
  await ledger.claim({ ...undoing, fence: 1, leaseSeconds: 0 })
  await ledger.claim({ ...undoing, fence: 2, leaseSeconds: 30 })

  const zombie = await ledger.beginReset({ ...ref, fence: 2, receipt, actor: 'zombie' })
  const before = await ledger.readStep(ref)
  const own = await ledger.beginReset({ ...ref, fence: 3, receipt, actor: 'worker' })
  await ledger.settle({ ...ref, fence: 3, state: 'undone', actor: 'worker' })
  const decided = await ledger.decide({ requestId: ref.requestId, generation: 1, actor: 'finalizer' })

  assert.deepEqual([zombie, before?.resetBegun, own], [false, false, true])
  assert.equal((await ledger.readStep(ref))?.resetBegun, true)
  assert.deepEqual(decided, { outcome: 'decided', state: 'rolled_back' })
})

test('one native account has one owner, whichever of two requests comes first', async () => {
  const [one, other] = [await accepted(), await accepted()]
  for (const { ref } of [one, other]) await ledger.claim({ ...ref, ...reading })
  await ledger.settle({ ...one.ref, fence: 1, state: 'applied', receipt: created('n-shared'), actor: 'worker' })

  const second = ledger.settle({ ...other.ref, fence: 1, state: 'applied', receipt: created('n-shared'), actor: 'worker' })

  await assert.rejects(second, { code: '23505' })
})

test('a request is accepted with its bell, and the bell stays until the queue has it', async () => {
  const { input } = await accepted()
  const mine = (bells: readonly { readonly requestId: string }[]) => bells.some(({ requestId }) => requestId === input.id)

  await assert.rejects(
    takeBells(database.sql, 100, async (bells) => {
      assert.ok(mine(bells))
      throw new Error('the queue is full')
    }),
  )

  let again = false
  await takeBells(database.sql, 100, async (bells) => {
    again = mine(bells)
  })
  assert.ok(again)
})

test('a request of a busy identity waits, and one that was planned on what is no longer so is refused', async () => {
  const first = await accepted()
  const behind = request({ identity: first.input.identity, revision: 1 })

  const outcomes = [await ledger.accept(behind), await ledger.accept(request({ identity: first.input.identity, revision: 1 }))]

  assert.deepEqual(outcomes, [{ outcome: 'accepted' }, { outcome: 'conflict' }])
  assert.equal(await stateOf(first.input.id), 'queued')
  assert.equal(await stateOf(behind.id), 'received')
})

test('an Idempotency-Key that two servers have in hand at once stands for one request', async () => {
  const idempotency = { key: randomUUID(), bodyHash: 'h' }
  const [one, other] = [request({ idempotency }), request({ idempotency })]

  const outcomes = [await ledger.accept(one), await ledger.accept(other)]

  assert.deepEqual(outcomes, [{ outcome: 'accepted' }, { outcome: 'duplicate', requestId: one.id, sameBody: true }])
})

test('a request is decided once, whoever asks', async () => {
  const { input, ref } = await accepted()
  await ledger.claim({ ...ref, ...reading })
  await ledger.settle({ ...ref, fence: 1, state: 'applied', receipt: created('n-decide'), actor: 'worker' })
  const ask = () => ledger.decide({ requestId: input.id, generation: 1, actor: 'finalizer' })

  const made = [await ask(), await ask()]

  assert.deepEqual(made, [{ outcome: 'decided', state: 'succeeded' }, { outcome: 'superseded' }])
  const decided = await postgres.query(
    'passerelle',
    "select 1 from passerelle.audit where request_id = $1 and action = 'decided'",
    [input.id],
  )
  assert.equal(decided.length, 1)
})

test('everything unfinished is rung again when the queue lost its memory, and nothing that is finished', async () => {
  const { input } = await accepted()
  await takeBells(database.sql, 100, async () => undefined)
  const asleep = await ledger.wake({ limit: 100 })

  await ledger.wakeAll({})
  await ledger.wake({ limit: 100 })

  const rung: string[] = []
  await takeBells(database.sql, 100, async (bells) => void rung.push(...bells.map(({ requestId }) => requestId)))
  assert.equal(asleep, 0)
  assert.ok(rung.includes(input.id))
  const states = await Promise.all(rung.map(stateOf))
  assert.deepEqual(
    states.filter((state) => state !== 'queued' && state !== 'running'),
    [],
  )
})

test('a record from another history, sealed with the same key, breaks the audit chain', async () => {
  const [one, other] = await Promise.all([open('history'), open('fork')])
  for (const [history, actor] of [
    [one, 'asked'],
    [other, 'forked'],
  ] as const) {
    const chain = openLedger({ database: history, sealer, log })
    for (const action of ['first', 'second', 'third']) await chain.record({ action, actor })
  }
  const whole = await openLedger({ database: one, sealer, log }).verifyAudit()

  const [row] = await postgres.query('fork', 'select * from passerelle.audit where seq = 2')
  await postgres.query('history', 'alter table passerelle.audit disable trigger user')
  await postgres.query('history', 'update passerelle.audit set at = $1, actor = $2, mac = $3 where seq = 2', [
    row?.['at'],
    row?.['actor'],
    row?.['mac'],
  ])

  assert.equal(whole, null)
  assert.equal(await openLedger({ database: one, sealer, log }).verifyAudit(), 2)
})

test('a connection of the queues that is lost between two statements fails the next one, and ends nothing else', async () => {
  const pool = openQueuePool({ databaseUrl: postgres.urlOf('passerelle'), poolSize: 2, log })
  stack.defer(() => pool.end())
  const client = await pool.connect()
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
  const { promise: ended, resolve } = Promise.withResolvers<void>()
  client.once('end', () => resolve())

  await pool.query('select pg_terminate_backend($1)', [rows[0]?.pid])
  await ended

  await assert.rejects(client.query('select 1'))
  client.release(true)
  assert.equal((await pool.query('select 1 as one')).rowCount, 1)
})

test('the chain is found whole while it grows', async () => {
  let isRead = false
  const growing = (async () => {
    while (!isRead) await ledger.record({ action: 'meanwhile', actor: 'test' })
  })()

  const found = []
  for (let time = 0; time < 30; time++) found.push(await ledger.verifyAudit())
  isRead = true
  await growing

  assert.deepEqual(new Set(found), new Set([null]))
})

test('a process that freezes in the middle of a transaction does not keep the others waiting for its locks', async () => {
  const url = postgres.urlOf('passerelle')
  const frozen = stack.use(await openDatabase({ url, name: 'frozen', idleInTransactionMs: 500 }))
  const [usual] = await database.sql`show idle_in_transaction_session_timeout`
  const locked = Promise.withResolvers<void>()
  const thawed = Promise.withResolvers<void>()
  const sleeper = frozen.sql.begin(async (tx) => {
    await tx`select from audit_head for update`
    locked.resolve()
    await thawed.promise
    await tx`select 1`
  })
  const slept = assert.rejects(sleeper)
  await locked.promise
  const begun = performance.now()

  await ledger.record({ action: 'meanwhile', actor: 'test' })
  const took = performance.now() - begun
  thawed.resolve()
  await slept

  assert.equal(usual?.['idle_in_transaction_session_timeout'], '10s')
  assert.ok(took > 100 && took < 10_000, `it waited for ${Math.round(took)} ms`)
})

test('a flow of which the queue refused a part is not taken for added', async () => {
  await using redis = await openRedis()
  await using queues = await openQueues({ redisUrl: redis.url, databaseUrl: '', log })
  await redis.command('SET', '{passerelle}:apply-broken:wait', 'no list')

  const adding = queues.addFlows([
    {
      name: 'finalize',
      queueName: 'finalize',
      opts: { jobId: 'parent' },
      children: [{ name: 'apply', queueName: 'apply-broken', opts: { jobId: 'child' } }],
    },
  ])

  await assert.rejects(adding, /WRONGTYPE/)
})

test('a job whose parent is gone is not taken for added', async () => {
  await using redis = await openRedis()
  await using queues = await openQueues({ redisUrl: redis.url, databaseUrl: '', log })

  const adding = queues.addFlows([
    {
      name: 'apply',
      queueName: 'apply-here',
      opts: { jobId: 'orphan', parent: { id: 'nobody', queue: '{passerelle}:finalize' } },
    },
  ])

  await assert.rejects(adding, /refused a job/)
})

test('a flow is added again after Redis forgot its scripts', async () => {
  await using redis = await openRedis()
  await using queues = await openQueues({ redisUrl: redis.url, databaseUrl: '', log })
  const flow = (id: string) => ({
    name: 'finalize',
    queueName: 'finalize',
    opts: { jobId: id },
    children: [{ name: 'apply', queueName: 'apply-here', opts: { jobId: `${id}-child` } }],
  })
  await queues.addFlows([flow('before')])
  await redis.command('SCRIPT', 'FLUSH')

  await queues.addFlows([flow('meanwhile')]).catch(() => undefined)
  await queues.addFlows([flow('after')])

  assert.equal(await redis.command('EXISTS', '{passerelle}:apply-here:after-child'), 1)
})

const reading = { fence: 0, purpose: 'apply', before: null, leaseSeconds: 30, actor: 'worker' } as const

function request(more: Partial<NewRequest> = {}): NewRequest {
  const id = randomUUID()
  const state = { attributes: {}, targets: {}, disabled: false }
  const identity = { id: randomUUID(), source: 'test', externalId: id, key: id, displayName: null }
  const step = {
    target: 'directory',
    operation: 'create',
    correlate: {},
    attributes: {},
    memberships: { add: [], remove: [] },
    secrets: {},
    onFailure: 'required',
  } as const
  return {
    id,
    identity,
    revision: 0,
    previous: state,
    desired: state,
    kind: 'create',
    plan: { ruleSet: { name: 'rules', version: 1 }, identity: {}, steps: [step], hash: 'hash' },
    secrets: [],
    actor: 'test',
    idempotency: null,
    ...more,
  }
}

async function accepted() {
  const input = request()
  assert.deepEqual(await ledger.accept(input), { outcome: 'accepted' })
  return { input, ref: { requestId: input.id, target: 'directory', generation: 1 } }
}

function created(nativeId: string): Receipt {
  const after = { nativeId, label: nativeId, enabled: true, attributes: {}, memberships: [] }
  const writes = { attributes: [], enabled: null, memberships: { add: [], remove: [] }, secrets: [] }
  return { nativeId, label: nativeId, disposition: 'created', before: null, after, writes }
}

async function stateOf(id: string): Promise<string> {
  const [row] = await postgres.query('passerelle', 'select state from passerelle.request where id = $1', [id])
  return String(row?.['state'])
}
