/** One simulated day: a scenario, the events that come from outside, and the promises that are watched all along. */
import type { IdentityState } from '#core/ledger/accept.ts'
import type { StepPlan } from '#core/plan.ts'
import { targetsOf } from '#core/saga/ringing.ts'
import { toFlow } from '#workers/relay.ts'
import { wakeable } from '#core/saga/transitions.ts'
import { unsettled, verbs, type Verb } from '#core/saga/verbs.ts'
import { oneOf, type Choices } from './choices.ts'
import { Truth } from './ledger.ts'
import { basisOf, checkEffect, checkEnd, checkState, type Witness } from './promises.ts'
import { FakeQueue, noVices } from './queue.ts'
import { drawScenario, type Asked, type Scenario } from './scenario.ts'
import { FakeTarget, perfectManners } from './targets.ts'
import { deliver, type Staff } from './workers.ts'
import { createProcess, Violation, World, type Process } from './world.ts'

export interface Day {
  readonly violation: { readonly promise: string; readonly message: string } | null
  readonly choices: readonly number[]
  /** The schedule, one event a line; null unless it was asked for. */
  readonly notes: readonly string[] | null
  /** Where the requests ended. */
  readonly ends: readonly string[]
}

/** Milliseconds after the storm in which everything must come to its end. */
const healingMs = 3 * 3600_000

/** Plays one day to its end. */
export async function simulateDay(choices: Choices, { notes = false } = {}): Promise<Day> {
  const world = new World(choices, notes)
  const giveBack = takeClocks(world)
  try {
    const truth = await play(world)
    const ends = Object.values(truth.saga.requests).map(({ state }) => state)
    return { violation: null, choices: choices.made, notes: world.notes, ends }
  } catch (error) {
    if (!(error instanceof Violation)) throw error
    const { promise, message } = error
    return { violation: { promise, message }, choices: choices.made, notes: world.notes, ends: [] }
  } finally {
    giveBack()
  }
}

/** The workers' code asks the process for the time and for chance; for one day, the world answers. */
function takeClocks(world: World): () => void {
  const real = { date: Date.now, monotonic: performance.now, random: Math.random }
  Date.now = () => world.now
  performance.now = () => world.now
  Math.random = () => 0.5
  return () => {
    Date.now = real.date
    performance.now = real.monotonic
    Math.random = real.random
  }
}

async function play(world: World): Promise<Truth> {
  const scenario = drawScenario(world.choices)
  const applied = new Set<string>()
  const truth: Truth = new Truth(world, (event, commands) => {
    checkState(witness, event, commands)
    office.look()
  })
  const targets = new Map(
    scenario.targets.map((options) => [options.name, new FakeTarget(world, options, (effect) => checkEffect(witness, effect))]),
  )
  const witness: Witness = {
    world,
    truth,
    scenario,
    targets,
    applied,
    decided: new Set(),
    edited: new Set(),
    unnoticed: new Set(),
    handled: new Set(),
  }
  const processes = [createProcess('worker-1'), createProcess('worker-2')]
  let { vices } = scenario
  const staff: Staff = { world, truth, targets, processes, losesConnections: () => vices.lostConnection }
  const queue: FakeQueue = new FakeQueue(world, (job, lock) => deliver(staff, queue, job, lock))
  const office = openOffice({ world, truth, scenario, queue, relayDies: () => vices.relayDeath })

  world.misfortune = (process) => strike(world, process, vices)
  for (const target of targets.values()) furnish(scenario, target)
  for (const asked of scenario.asked) world.after(asked.afterMs, () => submit(world, truth, scenario, asked))
  for (const asked of scenario.asked) for (const name of asked.refusedBy) targets.get(name)?.refused.add(asked.id)
  plan(world, scenario, witness, queue)
  world.after(scenario.stormMs, () => {
    world.note('weather', () => 'the storm is over')
    vices = { ...vices, queue: noVices, kill: 0, freeze: 0, lostConnection: 0, relayDeath: 0 }
    queue.vices = noVices
    for (const target of targets.values()) target.manners = perfectManners
    for (const target of targets.values()) target.isDown = false
  })
  queue.vices = vices.queue
  const end = world.now + scenario.stormMs + healingMs
  while (await world.next(end));
  checkEnd(witness)
  return truth
}

/** What stands in the targets already. */
function furnish(scenario: Scenario, target: FakeTarget): void {
  const { name, manners } = scenario.targets.find((options) => options.name === target.options.name) ?? (target.options as never)
  target.manners = manners
  for (const { identity, whose, target: where } of scenario.accounts) {
    if (where !== name) continue
    const uid = whose === 'adoptable' ? identity : `not-${identity}`
    const nativeId = target.newId()
    const attributes = { uid: [uid], login: [identity], title: ['old'] }
    target.edit(nativeId, { nativeId, label: identity, enabled: true, attributes, memberships: [] }, '')
  }
}

/** A request comes in: planned on what the identity is, accepted if it still is that. */
function submit(world: World, truth: Truth, scenario: Scenario, asked: Asked): void {
  const known = truth.saga.identities[asked.identity]
  const previous = known?.desired ?? { attributes: {}, targets: {}, disabled: false }
  const title = [`title ${asked.number}`]
  const steps = scenario.targets.map((target) => toPlan(asked, target, title, previous))
  world.after(world.latency(), () => {
    const standing = truth.saga.identities[asked.identity]?.desired ?? previous
    const answer = truth.do('client', {
      kind: 'accept',
      at: world.now,
      id: asked.id,
      identity: asked.identity,
      revision: known?.revision ?? 0,
      requestKind: asked.kind,
      previous,
      desired: { ...previous, attributes: { title } },
      steps,
    })
    world.note('client', () => `asks to ${asked.kind} ${asked.identity} (${asked.id.slice(-2)}): ${answer}`)
    if (answer === 'accepted' && basisOf(standing) !== basisOf(previous))
      world.violate('order per identity', `request ${asked.number} was planned on what is no longer so`)
    if (answer === 'conflict') submit(world, truth, scenario, asked)
  })
}

function toPlan(
  { identity, kind }: Asked,
  target: Scenario['targets'][number],
  title: readonly string[],
  previous: IdentityState,
): StepPlan {
  const strong = (values: readonly string[]) => ({ values, strength: 'strong', multivalued: 'replace' }) as const
  const writes = kind === 'create' || kind === 'update'
  return {
    target: target.name,
    operation: kind,
    correlate: { uid: [identity] },
    attributes: writes
      ? { uid: strong([identity]), login: strong([identity]), title: strong(title), basis: strong([basisOf(previous)]) }
      : {},
    memberships: { add: [], remove: [] },
    secrets: {},
    onFailure: target.onFailure,
    ...(target.isLast && { phase: 'last' }),
  }
}

interface Office {
  readonly world: World
  readonly truth: Truth
  readonly scenario: Scenario
  readonly queue: FakeQueue
  readonly relayDies: () => number
}

/** The relay, the reconciler, and the server that plans again. */
function openOffice({ world, truth, scenario, queue, relayDies }: Office) {
  let relaying = false
  let reconcileAt = Number.POSITIVE_INFINITY

  function relay(): void {
    const bells = truth.saga.outbox
    for (const bell of bells) queue.addFlow(toFlow({ ...bell, targets: targetsOf(truth.saga, bell, world.now) }))
    const dies = world.choices.chance(relayDies())
    world.after(dies ? 1_000 : world.latency(), () => {
      relaying = false
      world.note(
        'relay',
        () =>
          `${dies ? 'died after ringing' : 'rang'} ${bells.map((bell) => `${bell.topic} ${bell.requestId.slice(-2)} b${bell.bell}`).join(', ')}`,
      )
      if (!dies) truth.do('relay', { kind: 'forget', bells: bells.map(({ id }) => id) })
      else look()
    })
  }
  function reconcile(): void {
    if (world.now < reconcileAt) return
    reconcileAt = Number.POSITIVE_INFINITY
    truth.do('reconciler', { kind: 'wake', at: world.now, limit: 100 })
    look()
  }
  function look(): void {
    if (!relaying && truth.saga.outbox.length > 0) {
      relaying = true
      world.after(world.latency(), relay)
    }
    for (const { id, wakeAt, state, stale } of Object.values(truth.saga.requests)) {
      if (state === 'received' && stale) world.after(world.latency(), () => planAgain(world, truth, scenario, id))
      if (wakeAt === null || !wakeable.includes(state)) continue
      const at = Math.max(world.now, wakeAt) + 1_000
      if (at >= reconcileAt) continue
      reconcileAt = at
      world.after(at - world.now, reconcile)
    }
  }
  return { look }
}

/** A waiting request that was planned on what never came to be. */
function planAgain(world: World, truth: Truth, { asked, targets }: Scenario, requestId: string): void {
  const request = truth.saga.requests[requestId]
  const original = asked.find(({ id }) => id === requestId)
  if (request === undefined || original === undefined) return
  const title = [`title ${original.number}`]
  const { previous, desired, kind: requestKind } = request
  const steps = targets.map((target) => toPlan(original, target, title, previous))
  truth.do('server', { kind: 'replan', at: world.now, requestId, previous, requestKind, desired, steps })
}

/** A worker's process is killed, or freezes for longer than its lease. */
function strike(world: World, process: Process, { kill, freeze }: { readonly kill: number; readonly freeze: number }): void {
  if (world.choices.chance(kill)) {
    world.note(process.name, () => 'is killed')
    world.kill(process)
  } else if (process.frozenUntil <= world.now && world.choices.chance(freeze)) {
    const seconds = oneOf(world.choices, [5, 31, 35, 95, 300])
    world.note(process.name, () => `freezes for ${seconds} s`)
    process.frozenUntil = world.now + seconds * 1000
  }
}

/** Flushes, outages, edits by hand, and operators: what comes at its own time. */
function plan(world: World, scenario: Scenario, witness: Witness, queue: FakeQueue): void {
  const { truth, targets, edited, unnoticed } = witness
  const { vices, stormMs } = scenario
  const { choices } = world
  const sometime = () => Math.floor((stormMs * choices.pick(100)) / 100)
  for (let count = 0; count < vices.flushes; count++)
    world.after(sometime(), () => {
      world.note('weather', () => 'the queue forgets everything')
      queue.flush()
    })
  for (let count = 0; count < vices.outages; count++) {
    const target = oneOf(choices, [...targets.values()])
    world.after(sometime(), () => {
      world.note('weather', () => `${target.options.name} is down`)
      target.isDown = true
    })
  }
  for (let count = 0; count < vices.edits; count++) {
    const target = oneOf(choices, [...targets.values()])
    const attribute = oneOf(choices, ['title', 'phone'])
    world.after(sometime(), () => {
      const entries = [...target.entries.values()]
      if (entries.length === 0) return
      const { account } = oneOf(choices, entries)
      edited.add(target.options.name)
      if (isUnderWay(truth, target)) unnoticed.add(`somebody ${count}`)
      world.note('somebody', () => `edits ${attribute} of ${account.nativeId} by hand`)
      target.edit(
        account.nativeId,
        { ...account, attributes: { ...account.attributes, [attribute]: [`by hand ${count}`] } },
        `somebody ${count}`,
      )
    })
  }
  for (let count = 0; count < vices.verbs; count++) {
    const { id } = oneOf(choices, scenario.asked)
    const verb = oneOf(choices, verbs)
    world.after(sometime() * 2, () => usedByPeople(witness, id, verb))
  }
}

/** Whether a call to the target is under way, or was and nobody has looked since. */
function isUnderWay({ saga }: Truth, target: FakeTarget): boolean {
  return Object.values(saga.requests).some(({ steps }) => {
    const step = steps[target.options.name]
    return (
      step !== undefined && (['running', 'unknown'].includes(step.state) || (step.state === 'undoing' && step.effect === null))
    )
  })
}

/** People do what they may; what is not possible is refused. Two of them agree on what they see in the target. */
function usedByPeople({ world, truth, handled }: Witness, requestId: string, verb: Verb): void {
  const at = world.now
  if (verb !== 'probe' && truth.saga.requests[requestId]?.state === 'needs_attention') handled.add(requestId)
  if (verb !== 'attest') {
    truth.do('operator', { kind: verb, at, requestId })
    return
  }
  for (const { plan, state } of Object.values(truth.saga.requests[requestId]?.steps ?? {})) {
    if (!unsettled.includes(state)) continue
    for (const person of ['ada', 'blaise'])
      truth.do(person, { kind: 'attest', at, requestId, target: plan.target, person, outcome: 'kept' })
  }
}
