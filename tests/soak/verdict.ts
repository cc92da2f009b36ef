/** What a soak came to: every accepted request is held against the ledger, and the ledger against what stands in the targets. */
import { isFinal, type RequestState } from '#core/states.ts'
import type { World } from '../harness/world.ts'
import { targetNames, type Effect, type SoakTargets, type StoredAccount } from './targets.ts'
import type { Accepted } from './traffic.ts'

export interface Verdict {
  readonly final: number
  /** Accepted requests that are gone, that have not ended, or whose result is not what stands in a target. */
  readonly lost: readonly string[]
  readonly doubleEffects: readonly string[]
  /** Requests that wait for people. */
  readonly stuck: readonly string[]
}

interface Judged extends Accepted {
  readonly state: RequestState | null
}

export async function judge(world: World, targets: SoakTargets, accepted: readonly Accepted[]): Promise<Verdict> {
  const rows = await world.query('select id, state from passerelle.request order by seq')
  const states = new Map(rows.map(({ id, state }) => [String(id), state as RequestState]))
  const order = new Map(rows.map(({ id }, place) => [String(id), place]))
  const requests = accepted
    .map((request): Judged => ({ ...request, state: states.get(request.id) ?? null }))
    .toSorted((left, right) => (order.get(left.id) ?? 0) - (order.get(right.id) ?? 0))
  const unfinished = requests.filter(({ state }) => state === null || !isFinal(state))
  const stuck = requests.filter(({ state }) => state === 'needs_attention')
  const accounts = await targets.accounts()
  return {
    final: requests.length - unfinished.length,
    lost: [...unfinished.map(describe), ...differences(requests, accounts)],
    doubleEffects: doubleEffects(requests, await targets.effects()),
    stuck: stuck.map(describe),
  }
}

const describe = ({ id, kind, login, mark, state }: Judged) =>
  `${kind} of ${login} (mark ${mark}, request ${id}) is ${state ?? 'unknown to the ledger'}`

/** Where a target does not hold what the last successful requests of an identity say. */
function differences(requests: readonly Judged[], accounts: Awaited<ReturnType<SoakTargets['accounts']>>): string[] {
  return [...Map.groupBy(requests, ({ login }) => login)].flatMap(([login, own]) => {
    // What waits for people is counted as that.
    if (own.some(({ state }) => state === null || !isFinal(state) || state === 'needs_attention')) return []
    const expected = own.reduce<StoredAccount | null>(afterRequest, null)
    return targetNames.flatMap((target) => {
      const found = accounts[target].get(login) ?? null
      return say(found) === say(expected)
        ? []
        : [`${target} holds ${say(found)} for ${login} where it should hold ${say(expected)}`]
    })
  })
}

function afterRequest(before: StoredAccount | null, { kind, mark, state }: Judged): StoredAccount | null {
  if (state !== 'succeeded') return before
  if (kind === 'disable') return before === null ? null : { ...before, active: false }
  return { mark, active: before?.active ?? true }
}

const say = (account: StoredAccount | null) =>
  account === null ? 'nothing' : `mark ${account.mark}${account.active ? '' : ', disabled'}`

/** A mark that came into a target twice, an account that was disabled twice, and writes that changed nothing. */
function doubleEffects(requests: readonly Judged[], effects: readonly Effect[]): string[] {
  const rolledBack = new Set(requests.filter(({ state }) => state === 'rolled_back').map(({ mark }) => mark))
  // Who leaves the mark of a request that was rolled back is its undo.
  const forward = effects.filter(({ what, oldMark }) => what !== 'delete' && (oldMark === null || !rolledBack.has(oldMark)))
  const marked = forward.filter(({ oldMark, newMark }) => oldMark !== newMark)
  const disabled = forward.filter(({ oldActive, newActive }) => oldActive === true && newActive === false)
  const idle = effects.filter(
    (effect) => effect.what === 'update' && effect.oldMark === effect.newMark && effect.oldActive === effect.newActive,
  )
  return [
    ...twice(marked, ({ target, login, newMark }) => `mark ${newMark} of ${login} came into ${target}`),
    ...twice(disabled, ({ target, login }) => `${login} was disabled in ${target}`),
    ...idle.map(({ target, login, newMark }) => `${login} (mark ${newMark}) was written in ${target} without a change`),
  ]
}

function twice(effects: readonly Effect[], name: (effect: Effect) => string): string[] {
  return [...Map.groupBy(effects, name)].flatMap(([what, all]) => (all.length > 1 ? [`${what} ${all.length} times`] : []))
}
