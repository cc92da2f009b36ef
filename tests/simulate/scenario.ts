/**
 * What a day is like: who exists, what is asked, and what goes wrong. Not everything goes wrong on every day: each vice is drawn alone, so that
 * some days are bad in one way only, and show what hides in a general storm.
 */
import type { FailurePolicy, RequestKind } from '#core/plan.ts'
import { oneOf, type Choices } from './choices.ts'
import { noVices, type QueueVices } from './queue.ts'
import { perfectManners, type Manners, type TargetOptions } from './targets.ts'

export interface Scenario {
  readonly targets: readonly (TargetOptions & {
    readonly onFailure: FailurePolicy
    readonly isLast: boolean
    readonly manners: Manners
  })[]
  readonly identities: readonly string[]
  /** What stands in the targets before the first request. */
  readonly accounts: readonly { readonly target: string; readonly identity: string; readonly whose: 'adoptable' | 'stranger' }[]
  readonly asked: readonly Asked[]
  readonly vices: Vices
  /** Milliseconds after which nothing goes wrong any more. */
  readonly stormMs: number
}

export interface Asked {
  readonly id: string
  readonly number: number
  readonly identity: string
  readonly kind: RequestKind
  readonly afterMs: number
  /** Targets that refuse it. */
  readonly refusedBy: readonly string[]
}

export interface Vices {
  readonly queue: QueueVices
  readonly flushes: number
  /** At each pause of a worker: its process is killed; its process freezes. */
  readonly kill: number
  readonly freeze: number
  /** At each question to the ledger. */
  readonly lostConnection: number
  /** The relay dies between ringing and forgetting. */
  readonly relayDeath: number
  /** How often somebody edits an account by hand. */
  readonly edits: number
  readonly outages: number
  /** How often people use a verb on a request. */
  readonly verbs: number
}

/** Deliberately longer than a lease, so that a frozen worker loses what it held. */
export const leaseSeconds = 30
const deadlineMs = 10_000

const kinds: readonly RequestKind[] = ['create', 'update', 'update', 'create', 'disable', 'enable', 'delete']
const policies: readonly FailurePolicy[] = ['required', 'required', 'required', 'required', 'best-effort', 'hold']

export function drawScenario(choices: Choices): Scenario {
  /** On some days a thing goes wrong, and on a few of them more often than not. */
  const sometimes = (probability: number) => {
    if (!choices.chance(0.4)) return 0
    return choices.chance(0.3) ? Math.min(0.6, 4 * probability) : probability
  }
  const manners = (): Manners => ({
    transient: sometimes(0.3),
    lostReply: sometimes(0.25),
    lateEffect: sometimes(0.25),
    lostCall: sometimes(0.5),
    slow: sometimes(0.2),
  })
  const targets = ['ldap', 'sql', 'erp'].slice(0, 1 + choices.pick(3)).map((name) => ({
    name,
    conditional: !choices.chance(0.5),
    settlesWithinMs: oneOf(choices, [deadlineMs, 2 * deadlineMs, 6 * deadlineMs]),
    deadlineMs,
    forbidsUndo: choices.chance(0.05),
    onFailure: oneOf(choices, policies),
    isLast: choices.chance(0.1),
    manners: manners(),
  }))
  const identities = ['anna', 'boris'].slice(0, 1 + choices.pick(2))
  const accounts = targets.flatMap((target) =>
    identities.flatMap((identity) => {
      const whose = oneOf(choices, ['nobody', 'nobody', 'nobody', 'adoptable', 'stranger'] as const)
      return whose === 'nobody' ? [] : [{ target: target.name, identity, whose }]
    }),
  )
  const refusals = choices.chance(0.5) ? 0.25 : 0
  let afterMs = 0
  const asked = Array.from({ length: 1 + choices.pick(4) }, (_, index): Asked => {
    afterMs += oneOf(choices, [0, 10, 1_000, 10_000, 40_000])
    return {
      id: idOf(index),
      number: index + 1,
      identity: oneOf(choices, identities),
      kind: oneOf(choices, kinds),
      afterMs,
      refusedBy: targets.flatMap(({ name }) => (choices.chance(refusals) ? [name] : [])),
    }
  })
  const scenario: Scenario = {
    targets,
    identities,
    accounts,
    asked,
    vices: drawVices(choices, sometimes),
    stormMs: afterMs + 60_000 + 30_000 * choices.pick(4),
  }
  return choices.chance(0.15) ? toDrill(choices, scenario) : scenario
}

/**
 * A drill: a person who has an account everywhere is changed several times in a row, the first time in vain, in targets that notice nothing
 * and take their time, by workers that die and freeze. What comes back late meets what the next request wrote.
 */
function toDrill(choices: Choices, scenario: Scenario): Scenario {
  const names = ['ldap', 'sql']
  const slow: Manners = { ...perfectManners, lateEffect: oneOf(choices, [0, 0.3, 0.6]) }
  const vices: Vices = {
    queue: { ...noVices, duplicate: oneOf(choices, [0, 0.5]), lateRetry: oneOf(choices, [0, 0.5]) },
    kill: oneOf(choices, [0, 0.02, 0.04]),
    freeze: oneOf(choices, [0, 0.02, 0.04]),
    ...{ flushes: 0, lostConnection: 0, relayDeath: 0, edits: 0, outages: 0, verbs: 0 },
  }
  const target = { conditional: false, settlesWithinMs: 6 * deadlineMs, deadlineMs, forbidsUndo: false, isLast: false }
  return {
    identities: scenario.identities,
    targets: names.map((name, index) => ({
      ...target,
      name,
      onFailure: 'required',
      manners: index === 0 ? slow : perfectManners,
    })),
    accounts: names.map((name) => ({ target: name, identity: 'anna', whose: 'adoptable' })),
    asked: ['update', 'create', 'update'].map((kind, index) => ({
      id: idOf(index),
      number: index + 1,
      identity: 'anna',
      kind: kind as RequestKind,
      afterMs: index * 10,
      refusedBy: index % 2 === 0 ? ['sql'] : [],
    })),
    vices,
    stormMs: 600_000,
  }
}

function idOf(index: number): string {
  return `00000000-0000-4000-8000-0000000000${String(index + 1).padStart(2, '0')}`
}

function drawVices(choices: Choices, sometimes: (probability: number) => number): Vices {
  return {
    queue: { lose: sometimes(0.15), duplicate: sometimes(0.3), lateRetry: sometimes(0.4), stallTwice: sometimes(0.5) },
    flushes: choices.chance(0.3) ? 1 + choices.pick(3) : 0,
    kill: sometimes(0.03),
    freeze: sometimes(0.03),
    lostConnection: sometimes(0.05),
    relayDeath: sometimes(0.3),
    edits: choices.chance(0.3) ? 1 + choices.pick(3) : 0,
    outages: choices.chance(0.2) ? 1 + choices.pick(2) : 0,
    verbs: choices.chance(0.4) ? 1 + choices.pick(6) : 0,
  }
}
