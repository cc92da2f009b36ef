import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import pino from 'pino'
import * as v from 'valibot'
import { GatewayError } from '#core/errors.ts'
import type { Connection } from './connector.ts'
import { createMemoryTarget } from './memory.ts'
import { withPlaces } from './places.ts'

const patience = (ms = 1_000) => ({ signal: AbortSignal.timeout(ms) })

function connect(open?: Connection['open']): Connection {
  const { connector } = createMemoryTarget()
  const connection = connector.connect(v.parse(connector.config, {}), { target: 'app', log: pino({ level: 'silent' }) })
  return withPlaces(open === undefined ? connection : Object.assign(connection, { open }), 2)
}

test('as many jobs as there are places are at the target; the next one waits until one of them leaves', async () => {
  await using connection = connect()
  const [first, second] = [await connection.open(patience()), await connection.open(patience())]
  let isIn = false
  const third = connection.open(patience()).then((driver) => {
    isIn = true
    return driver
  })

  await turn()
  const wasIn = isIn
  await first[Symbol.asyncDispose]()
  await using driver = await third

  assert.equal(wasIn, false)
  assert.equal(await driver.find({ nativeId: 'nobody', correlate: {} }), null)
  await second[Symbol.asyncDispose]()
})

test('a job that ends while it waits is told that it may come again', async () => {
  await using connection = connect()
  await using _first = await connection.open(patience())
  await using _second = await connection.open(patience())

  await assert.rejects(connection.open(patience(20)), { code: 'transient', sent: 'no' })
})

test('whoever was not let in by the target takes no place', async () => {
  let times = 0
  await using connection = connect(async () => {
    times++
    throw new GatewayError('auth', 'refused', { sent: 'no' })
  })

  for (const _ of [1, 2, 3]) await assert.rejects(connection.open(patience()), { code: 'auth' })

  assert.equal(times, 3)
})
