/** The machine under random lists of events, right and wrong ones: what must hold after each of them. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { step, type Outcome } from '#core/saga/machine.ts'
import { emptySaga, type Saga, type SagaRequest } from '#core/saga/state.ts'
import { isFinal } from '#core/states.ts'
import { draws, toHappening } from './events.ts'

test('after whatever events, an identity has one request at work, and every request that has not ended has a wake-up', () => {
  const runs = 1_500
  fc.assert(
    fc.property(draws(60), (list) => {
      let saga = emptySaga
      let at = 1_000_000
      for (const [number, draw] of list.entries()) {
        const happening = toHappening(saga, draw, number, at)
        if (happening?.kind === 'pass') at += happening.seconds * 1000
        if (happening === null || happening.kind === 'pass') continue
        const before = JSON.stringify(saga)

        const { saga: next } = step(saga, happening as never) as Outcome<unknown>

        assert.equal(JSON.stringify(saga), before, 'the state that was given is not changed')
        checkOrder(next)
        checkProgress(saga, next)
        saga = next
      }
    }),
    { numRuns: runs },
  )
})

function checkOrder(saga: Saga): void {
  for (const request of Object.values(saga.requests)) {
    const active = saga.identities[request.identity]?.active
    if (['queued', 'running', 'rolling_back', 'needs_attention'].includes(request.state)) assert.equal(active, request.id)
    if (request.state === 'received') assert.ok(active, 'somebody is before those that wait')
    if (!isFinal(request.state)) assert.notEqual(request.wakeAt, null)
  }
}

/** Nothing is forgotten, and no fence is given twice. */
function checkProgress(before: Saga, after: Saga): void {
  for (const request of Object.values(before.requests)) {
    const next: SagaRequest | undefined = after.requests[request.id]
    assert.ok(next !== undefined && next.generation >= request.generation)
    for (const [target, known] of Object.entries(request.steps)) {
      const fence: number | undefined = next.steps[target]?.fence
      if (fence !== undefined && request.state !== 'received') assert.ok(fence >= known.fence)
    }
  }
}
