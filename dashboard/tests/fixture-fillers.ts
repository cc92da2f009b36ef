/** The many requests that fill the list: mostly well, over a day, in all kinds. */
import type { RequestState, StepState } from '../src/lib/api.ts'
import { targets, toPerson, toRequest, type FixtureRequest } from './fixture-people.ts'

const fillerStates: readonly (readonly [RequestState, StepState])[] = [
  ['succeeded', 'applied'],
  ['succeeded', 'applied'],
  ['succeeded', 'applied'],
  ['queued', 'pending'],
  ['succeeded', 'applied'],
  ['awaiting_approval', 'pending'],
  ['succeeded', 'applied'],
  ['cancelled', 'pending'],
  ['succeeded', 'applied'],
  ['rolling_back', 'undoing'],
  ['succeeded', 'applied'],
  ['expired', 'pending'],
]
const fillerKinds = ['create', 'update', 'membership', 'create', 'password', 'delete', 'enable'] as const

export function fillers(now: number): readonly FixtureRequest[] {
  return Array.from({ length: 54 }, (_, index) => {
    const [state, step] = fillerStates[index % fillerStates.length] ?? ['succeeded', 'applied']
    const open = state === 'queued' || state === 'awaiting_approval' || state === 'rolling_back'
    return toRequest({
      id: `0f3c9a10-0000-4000-8000-0000000001${String(index).padStart(2, '0')}`,
      person: toPerson(index + 6),
      state,
      kind: fillerKinds[index % fillerKinds.length] ?? 'create',
      source: index % 5 === 0 ? 'rh-lyon' : 'midpoint',
      receivedAt: now - 4_000_000 - index * 1_370_000,
      ...(open ? {} : { lasted: 380 + ((index * 397) % 2600) }),
      steps: targets
        .slice(0, 1 + (index % 3))
        .map(({ name }) => ({ target: name, state: step, ...(step === 'applied' ? { from: 120, to: 360 } : {}) })),
      history: [[0, 'accepted', null, 'source:midpoint']],
    })
  })
}
