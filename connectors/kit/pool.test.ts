import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createPool } from './pool.ts'

interface Line {
  readonly id: number
  broken: boolean
  closed: boolean
}

function lines(size: number, idleMs = 10_000) {
  const opened: Line[] = []
  const pool = createPool<Line>({
    size,
    idleMs,
    open: async () => {
      const line = { id: opened.length + 1, broken: false, closed: false }
      opened.push(line)
      return line
    },
    isAlive: async (line) => !line.broken,
    close: (line) => void (line.closed = true),
  })
  return { opened, pool }
}

const patience = () => AbortSignal.timeout(1_000)

test('a connection that was given back is lent again', async () => {
  const { opened, pool } = lines(2)
  await using _closing = pool

  const first = await pool.take(patience())
  first.giveBack()
  const second = await pool.take(patience())

  assert.equal(second.resource, first.resource)
  assert.equal(opened.length, 1)
})

test('a connection that broke while idle is closed and replaced', async () => {
  const { opened, pool } = lines(2)
  await using _closing = pool
  const first = await pool.take(patience())
  first.giveBack()

  first.resource.broken = true
  const second = await pool.take(patience())

  assert.notEqual(second.resource, first.resource)
  assert.deepEqual(
    opened.map(({ closed }) => closed),
    [true, false],
  )
})

test('a discarded connection is closed and never lent again, and gives its place free', async () => {
  const { opened, pool } = lines(1)
  await using _closing = pool
  const first = await pool.take(patience())

  const waiting = pool.take(patience())
  await first.discard()
  first.giveBack()
  const second = await waiting

  assert.equal(second.resource.id, 2)
  assert.deepEqual(
    opened.map(({ closed }) => closed),
    [true, false],
  )
})

test('no more are lent than there are places, first come first served', async () => {
  const { opened, pool } = lines(1)
  await using _closing = pool
  const order: number[] = []
  const work = async (number: number) => {
    const lease = await pool.take(patience())
    order.push(number)
    await new Promise((resolve) => setImmediate(resolve))
    lease.giveBack()
  }

  await Promise.all([1, 2, 3, 4].map(work))

  assert.deepEqual(order, [1, 2, 3, 4])
  assert.equal(opened.length, 1)
})

test('whoever waits too long is told that nothing was sent', async () => {
  const { pool } = lines(1)
  await using _closing = pool
  await pool.take(patience())

  await assert.rejects(pool.take(AbortSignal.timeout(20)), { code: 'transient', sent: 'no' })
})

test('a failed opening gives its place free', async () => {
  let failing = true
  const pool = createPool({
    size: 1,
    idleMs: 1_000,
    open: async () => {
      if (failing) throw new Error('refused')
      return 'line'
    },
    isAlive: async () => true,
    close: () => undefined,
  })

  await assert.rejects(pool.take(patience()), /refused/)
  failing = false

  assert.equal((await pool.take(patience())).resource, 'line')
})

test('a closed pool closes what is idle now and what comes back later', async () => {
  const { opened, pool } = lines(2)
  const one = await pool.take(patience())
  const other = await pool.take(patience())
  one.giveBack()

  await pool[Symbol.asyncDispose]()
  other.giveBack()

  assert.deepEqual(
    opened.map(({ closed }) => closed),
    [true, true],
  )
  await assert.rejects(pool.take(patience()), { code: 'transient' })
})

test('an idle connection is closed after its time', async () => {
  const { opened, pool } = lines(1, 10)
  await using _closing = pool
  const lease = await pool.take(patience())

  lease.giveBack()
  await new Promise((resolve) => setTimeout(resolve, 40))

  assert.equal(opened[0]?.closed, true)
})
