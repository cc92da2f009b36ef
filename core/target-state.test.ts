import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  mayProbe,
  nextTargetState,
  showsAnAnswer,
  slowStart,
  tellsOfTarget,
  wellState,
  type TargetEvent,
  type TargetState,
} from './target-state.ts'

const breaker = { failures: 3, openForMs: 1_000, atMostMs: 8_000 }
const at = (now: number, random = 0.5) => ({ now, random, breaker })
const failed = (code = 'transient') => ({ type: 'failed', code }) as const

function after(events: readonly (readonly [number, TargetEvent])[], state: TargetState = wellState): TargetState {
  return events.reduce((current, [now, event]) => nextTargetState(current, event, at(now)), state)
}

const opened = () =>
  after([
    [0, failed()],
    [0, failed()],
    [0, failed()],
  ])

test('it opens after so many failures in a row, and an answer in between begins the count anew', () => {
  const almost = after([
    [1, failed()],
    [2, failed()],
    [3, { type: 'answered' }],
    [4, failed()],
    [5, failed()],
  ])

  const open = nextTargetState(almost, failed('unknown_outcome'), at(6))

  assert.deepEqual([almost.state, almost.failures], ['closed', 2])
  assert.deepEqual([open.state, open.retryAt, open.lastCode], ['open', 1_006, 'unknown_outcome'])
})

test('one step may try when the time has come, and no second one until it is lost', () => {
  const probe = (name: string) => ({ type: 'probe', probe: name, withinMs: 100 }) as const

  const early = nextTargetState(opened(), probe('a'), at(999))
  const first = nextTargetState(early, probe('a'), at(1_000))
  const second = nextTargetState(first, probe('b'), at(1_099))
  const third = nextTargetState(second, probe('c'), at(1_100))

  assert.deepEqual(
    [early, first, second, third].map(({ state, probe: by }) => [state, by]),
    [
      ['open', null],
      ['half_open', 'a'],
      ['half_open', 'a'],
      ['half_open', 'c'],
    ],
  )
})

test('only the one that tries opens or closes it; what comes back late does neither', () => {
  const trying = nextTargetState(opened(), { type: 'probe', probe: 'a', withinMs: 100 }, at(1_000))

  assert.equal(nextTargetState(trying, { type: 'answered' }, at(1_001)).state, 'half_open')
  assert.equal(nextTargetState(trying, failed(), at(1_001)).state, 'half_open')
  assert.equal(nextTargetState(trying, { type: 'answered', probe: 'b' }, at(1_001)).state, 'half_open')
  assert.equal(nextTargetState(trying, { type: 'answered', probe: 'a' }, at(1_001)).state, 'closed')
  assert.equal(nextTargetState(trying, { ...failed(), probe: 'a' }, at(1_001)).state, 'open')
})

test('each time it stays open twice as long, with a fifth of chance, and never beyond the bound', () => {
  const pauses: number[] = []
  let state = opened()
  for (let now = 0; pauses.length < 6;) {
    pauses.push((state.retryAt ?? 0) - now)
    now = state.retryAt ?? 0
    state = nextTargetState(state, { type: 'probe', probe: 'a', withinMs: 100 }, at(now))
    state = nextTargetState(state, { ...failed(), probe: 'a' }, at(now))
  }

  assert.deepEqual(pauses, [1_000, 2_000, 4_000, 8_000, 8_000, 8_000])
  assert.deepEqual(
    [0, 0.999].map((random) => {
      const twice = after([
        [0, failed()],
        [0, failed()],
      ])
      return Math.round(nextTargetState(twice, failed(), at(0, random)).retryAt ?? 0)
    }),
    [800, 1_200],
  )
})

test('a target that flaps is left alone for longer; one that was well for a while is not', () => {
  const closed = (now: number) =>
    after(
      [
        [now, { type: 'probe', probe: 'a', withinMs: 100 }],
        [now, { type: 'answered', probe: 'a' }],
      ],
      opened(),
    )
  const again = (now: number): [number, TargetEvent][] => [
    [now, failed()],
    [now, failed()],
    [now, failed()],
  ]

  const flapping = after(again(2_000), closed(1_000))
  const later = after(again(9_500), closed(1_000))

  assert.deepEqual([flapping.retryAt, later.retryAt], [4_000, 10_500])
})

test('whoever throttles us is left alone for as long as they ask, at once, and not a moment less', () => {
  const state = nextTargetState(wellState, { type: 'failed', code: 'throttled', retryAfterMs: 30_000 }, at(5, 0))
  const longer = nextTargetState(state, { type: 'failed', code: 'throttled', retryAfterMs: 40_000 }, at(6, 0))
  const shorter = nextTargetState(state, { type: 'failed', code: 'throttled', retryAfterMs: 1 }, at(6, 0))

  assert.deepEqual([state.state, state.retryAt, longer.retryAt, shorter.retryAt], ['open', 30_005, 40_006, 30_005])
})

test('refused credentials open it at once: directories lock the account that tries again and again', () => {
  assert.equal(nextTargetState(wellState, failed('auth'), at(0)).state, 'open')
})

test('a refusal of one person’s data is an answer, and tells nothing against the target', () => {
  for (const code of ['exists', 'not_found', 'invalid', 'policy', 'denied', 'stale', 'ambiguous'])
    assert.deepEqual([tellsOfTarget(code), showsAnAnswer(code)], [false, true], code)
  for (const code of ['internal', 'config', 'unsupported'])
    assert.deepEqual([tellsOfTarget(code), showsAnAnswer(code)], [false, false], code)
})

test('in maintenance nobody tries, and the end of it begins slowly', () => {
  const begun = nextTargetState(opened(), { type: 'maintenance', on: true, reason: 'moving house', by: 'person:ada' }, at(10))
  const ended = nextTargetState(begun, { type: 'maintenance', on: false, reason: 'moved', by: 'person:ada' }, at(5_000))
  const well = after([
    [1, { type: 'maintenance', on: true, reason: 'moving house', by: 'person:ada' }],
    [2, { type: 'maintenance', on: false, reason: 'moved', by: 'person:ada' }],
  ])

  assert.deepEqual([mayProbe(begun, 9_999), mayProbe(ended, 9_999), ended.state], [false, true, 'open'])
  assert.deepEqual([well.state, well.closedAt], ['closed', 2])
  assert.deepEqual(
    [0, 499, 500, 1_000, 3_500].map((ms) => slowStart(ms, 100)),
    [1, 1, 2, 4, 100],
  )
})

test('whatever happens in whatever order, an open target has a time to try, and a tried one has a step that tries', () => {
  const name = fc.constantFrom('a', 'b')
  const event: fc.Arbitrary<TargetEvent> = fc.oneof(
    fc.record({ type: fc.constant('failed' as const), code: fc.constantFrom('transient', 'throttled', 'auth') }),
    fc.record({ type: fc.constant('failed' as const), code: fc.constant('throttled'), retryAfterMs: fc.nat(50), probe: name }),
    fc.record({ type: fc.constant('answered' as const) }),
    fc.record({ type: fc.constant('answered' as const), probe: name }),
    fc.record({ type: fc.constant('probe' as const), probe: name, withinMs: fc.integer({ min: 1, max: 50 }) }),
    fc.record({ type: fc.constant('released' as const), probe: name }),
    fc.record({ type: fc.constant('maintenance' as const), on: fc.boolean(), reason: fc.constant('why'), by: fc.constant('x') }),
  )
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(3_000), event, fc.nat(999))), (steps) => {
      let now = 0
      let state = wellState
      for (const [ms, next, chance] of steps) {
        now += ms
        state = nextTargetState(state, next, at(now, chance / 1_000))
        assert.equal(state.state === 'open', state.retryAt !== null && state.state !== 'half_open')
        assert.equal(state.state === 'half_open', state.probe !== null && state.probeUntil !== null)
        assert.ok((state.retryAt ?? 0) <= now + 1.2 * breaker.atMostMs)
        assert.ok(state.failures < breaker.failures)
      }
    }),
  )
})
