import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GatewayError } from '#core/errors.ts'
import { allOrNothing, type Part } from './all-or-nothing.ts'

function part(log: string[], name: string, failure?: { readonly run?: Error; readonly undo?: Error }): Part {
  return {
    run: async () => {
      if (failure?.run !== undefined) throw failure.run
      log.push(name)
    },
    undo: async () => {
      if (failure?.undo !== undefined) throw failure.undo
      log.push(`-${name}`)
    },
  }
}

const refusal = new GatewayError('policy', 'refused', { sent: 'yes' })

test('a refusal puts back what was done, last first, and stays the refusal that it was', async () => {
  const log: string[] = []

  await assert.rejects(allOrNothing([part(log, 'a'), part(log, 'b'), part(log, 'c', { run: refusal }), part(log, 'd')]), refusal)

  assert.deepEqual(log, ['a', 'b', '-b', '-a'])
})

test('a part whose own outcome is unknown leaves everything as it is, to be looked at', async () => {
  const log: string[] = []
  const lost = new GatewayError('unknown_outcome', 'lost', { sent: 'maybe' })

  await assert.rejects(allOrNothing([part(log, 'a'), part(log, 'b', { run: lost })]), lost)

  assert.deepEqual(log, ['a'])
})

test('what cannot be put back makes the outcome unknown', async () => {
  const parts = [part([], 'a', { undo: new Error('down') }), part([], 'b', { run: refusal })]

  await assert.rejects(allOrNothing(parts), { code: 'unknown_outcome', sent: 'yes', cause: refusal })
})
