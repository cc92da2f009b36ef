/** The promises of the design that concern the saga, as checks: some at the moment of an effect or of a decision, the others at the end. */
import type { IdentityState } from '#core/ledger/accept.ts'
import { deadlyAfter } from '#core/saga/decisions.ts'
import type { Command, SagaEvent } from '#core/saga/machine.ts'
import { requestsOf, stepsOf, type SagaRequest } from '#core/saga/state.ts'
import { passed } from '#core/saga/transitions.ts'
import { isFinal, type RequestState } from '#core/states.ts'
import type { Truth } from './ledger.ts'
import type { Scenario } from './scenario.ts'
import type { Cell, Effect, Entry, FakeTarget, Writer } from './targets.ts'
import type { World } from './world.ts'

export interface Witness {
  readonly world: World
  readonly truth: Truth
  readonly scenario: Scenario
  readonly targets: ReadonlyMap<string, FakeTarget>
  /** `request target generation` of every change that landed. */
  readonly applied: Set<string>
  /** `request generation` of every end. */
  readonly decided: Set<string>
  /** Targets where somebody edited an account by hand. */
  readonly edited: Set<string>
  /**
   * Edits that nobody can tell from our own change: they came between an effect and its first sight, because the reply was lost or the worker
   * had died. They are taken for what we left.
   */
  readonly unnoticed: Set<string>
  /** Requests that people carried on or attested although something of them was left in a target: what is left is their decision. */
  readonly handled: Set<string>
}

const short = (id: string) => id.slice(-2)

/** Called when an effect lands in a target. */
export function checkEffect(witness: Witness, { target, worker, fence, before, after, nativeId, seen }: Effect): void {
  const { world, truth, applied } = witness
  const { requestId, generation, purpose } = worker
  const { name } = target.options
  const what = `the ${purpose} of request ${short(requestId)} in ${name}`
  const changed = changedCells(before, after)
  world.note(name, () => `${purpose} of ${short(requestId)} takes effect on ${nativeId}: ${changed.join(', ') || 'nothing'}`)
  if (changed.length === 0) return

  if (!truth.claims.has(`${requestId} ${name} ${fence} ${purpose}`))
    world.violate('no effect without a record before it', `${what} had no claim`)
  const request = truth.saga.requests[requestId] as SagaRequest
  const { state, generation: current } = request
  if ((isFinal(state) && state !== 'needs_attention') || current !== generation)
    world.violate('order per identity', `${what} took effect when the request was ${state}`)
  if (truth.saga.identities[request.identity]?.active !== requestId)
    world.violate('order per identity', `${what} took effect when another request had the identity`)
  if (purpose === 'apply') {
    const key = `${requestId} ${name} ${generation}`
    if (applied.has(key)) world.violate('at most one effect', `${what} took effect twice`)
    applied.add(key)
    const isEarly = stepsOf(request).some(
      ({ plan, state: other }) => plan.phase !== 'last' && !passed[plan.onFailure].includes(other),
    )
    if (request.steps[name]?.plan.phase === 'last' && isEarly && state !== 'rolling_back')
      world.violate('what cannot be undone comes last', `${what} took effect before the others had ended`)
  } else checkUndo(witness, { what, requestId, seen }, changed, before)
}

function changedCells(before: Entry | null, after: Entry | null): readonly string[] {
  if (before === null) return ['account']
  if (after === null) return ['account', ...Object.keys(before.cells).filter((name) => name !== 'account')]
  return Object.keys(after.cells).filter((name) => (before.cells[name]?.value ?? '') !== after.cells[name]?.value)
}

/** An undo touches what its own request wrote, and nothing that it could see somebody else had written since. */
function checkUndo(
  { world, unnoticed }: Witness,
  { what, requestId, seen }: { readonly what: string; readonly requestId: string; readonly seen: number },
  changed: readonly string[],
  before: Entry | null,
): void {
  for (const name of changed) {
    const writer = before?.cells[name]?.writer ?? null
    if (writer?.by === `apply ${requestId}` || unnoticed.has(writer?.by ?? '')) continue
    const couldSee = before !== null && seen >= before.version
    if (couldSee)
      world.violate(
        'rolled back means as before',
        `${what} overwrote ${name}, which ${writer?.by ?? 'nobody of ours'} had written`,
      )
  }
}

/** Called after every event that changed the saga. */
export function checkState(witness: Witness, event: SagaEvent, commands: readonly Command[]): void {
  const { world, truth } = witness
  const { requests, identities } = truth.saga
  for (const request of Object.values(requests)) {
    if (isFinal(request.state)) continue
    if (request.wakeAt === null)
      world.violate('a next wake-up', `request ${short(request.id)} is ${request.state} and nobody will look at it`)
    const active = identities[request.identity]?.active ?? null
    if (request.state === 'received' ? active === null : active !== request.id)
      world.violate(
        'order per identity',
        `request ${short(request.id)} is ${request.state} and ${active === null ? 'nobody' : short(active)} has its identity`,
      )
  }
  for (const command of commands)
    if (command.kind === 'audit' && command.action === 'decided') checkDecision(witness, event, command)
  if (event.kind === 'claim' && event.purpose === 'apply') checkBasis(witness, event.requestId, event.target)
  if (event.kind === 'claim') truth.claims.add(`${event.requestId} ${event.target} ${event.fence + 1} ${event.purpose}`)
}

/** What a plan was made on: where the requests before it left the identity. */
export function basisOf({ attributes }: IdentityState): string {
  return String(attributes.title ?? 'nothing')
}

/** What is carried out was planned on what is so; only a request that stands for others before it keeps the plan it had. */
function checkBasis({ world, truth }: Witness, requestId: string, target: string): void {
  const request = truth.saga.requests[requestId] as SagaRequest
  const planned = request.steps[target]?.plan.attributes.basis?.values[0]
  const stoodIn = requestsOf(truth.saga, request.identity).some(({ seq, state }) => seq < request.seq && state === 'superseded')
  if (planned === undefined || stoodIn || request.generation > 1 || planned === basisOf(request.previous)) return
  world.violate(
    'order per identity',
    `request ${short(requestId)} was planned on ${planned}, and the identity stood at ${basisOf(request.previous)}`,
  )
}

/** A request ends once in a generation; what waited for people may be decided again. */
function checkDecision(
  { world, truth, decided }: Witness,
  event: SagaEvent,
  { requestId, detail }: { readonly requestId: string; readonly detail: string },
): void {
  if (!isFinal(detail as RequestState) || detail === 'needs_attention') return
  const key = `${requestId} ${truth.saga.requests[requestId]?.generation}`
  if (decided.has(key)) world.violate('one decision', `request ${short(requestId)} ended twice, now by ${event.kind}`)
  decided.add(key)
}

/** Called at the end, when everything has been well for a long time. */
export function checkEnd(witness: Witness): void {
  const { world, truth, targets, scenario } = witness
  for (const request of Object.values(truth.saga.requests)) {
    if (!isFinal(request.state) && !waitsForPeople(witness, request))
      world.violate('a final state', `request ${short(request.id)} is still ${request.state}`)
    if (request.state === 'needs_attention') checkAttention(witness, request)
    for (const step of stepsOf(request))
      if (step.leaseUntil !== null && step.leaseUntil > world.now)
        world.violate('a final state', `a step of ${short(request.id)} is still held`)
  }
  for (const target of targets.values())
    for (const entry of target.entries.values())
      for (const [name, cell] of Object.entries(entry.cells)) checkCell(witness, target, name, cell)
  for (const identity of scenario.identities) for (const target of targets.values()) checkLast(witness, identity, target)
}

/** Behind a request that people must resolve, the others of the identity wait. */
function waitsForPeople({ truth: { saga } }: Witness, { state, identity }: SagaRequest): boolean {
  const active = saga.requests[saga.identities[identity]?.active ?? '']
  return state === 'received' && active?.state === 'needs_attention'
}

/** What is in a target at the end was asked for by a request that came to something, or is not ours. */
function checkCell({ world, truth, handled }: Witness, target: FakeTarget, name: string, { writer, value }: Cell): void {
  const [purpose, id = ''] = writer?.by.split(' ') ?? []
  if ((purpose !== 'apply' && purpose !== 'undo') || handled.has(id)) return
  // An edit that crossed a call on its way could not be seen, where the target does not look for us.
  if (purpose === 'undo' && !target.options.conditional && wasEditedByHand(writer)) return
  const request = truth.saga.requests[id]
  if (request?.state === 'rolled_back' || request?.state === 'cancelled')
    world.violate('rolled back means as before', `${target.options.name} still holds ${name} = ${value} of request ${short(id)}`)
}

function wasEditedByHand(writer: Writer | null): boolean {
  for (let one = writer; one !== null; one = one.before?.writer ?? null) if (one.by.startsWith('somebody')) return true
  return false
}

/** The last request of the identity that was applied in the target says what is there, unless somebody else wrote since. */
function checkLast({ world, truth, scenario, handled }: Witness, identity: string, target: FakeTarget): void {
  const { name } = target.options
  const own = Object.values(truth.saga.requests).filter((request) => request.identity === identity)
  const isSettled = own.every((request) => ['applied', 'failed', 'undone', 'kept'].includes(request.steps[name]?.state ?? 'kept'))
  if (!isSettled || own.some(({ id }) => handled.has(id))) return
  const last = own
    .sort((left, right) => right.seq - left.seq)
    .find(
      (request) =>
        request.steps[name]?.state === 'applied' &&
        (request.kind === 'create' || request.kind === 'update' || request.kind === 'delete'),
    )
  if (last === undefined) return
  const entry = [...target.entries.values()].find(({ account }) => account.attributes.uid?.[0] === identity)
  if (last.kind === 'delete') {
    if (entry !== undefined)
      world.violate('the last accepted request wins', `${name} still has the account that request ${short(last.id)} deleted`)
    return
  }
  const number = scenario.asked.find((asked) => asked.id === last.id)?.number
  const title = entry?.cells.title
  if (title?.writer?.by.startsWith('somebody') === true) return
  if (title?.value !== `title ${number}`)
    world.violate(
      'the last accepted request wins',
      `${name} has ${title?.value ?? 'no account'}, and request ${short(last.id)} said title ${number}`,
    )
}

/** People are asked only when there is something that only they can know or do. */
function checkAttention({ world, truth, edited, scenario }: Witness, request: SagaRequest): void {
  const steps = stepsOf(request)
  const reasons = [
    steps.some((step) => step.state === 'stuck' && edited.has(step.plan.target)),
    steps.some((step) => step.deaths >= deadlyAfter || step.error?.code === 'poisoned'),
    steps.some((step) => step.state === 'failed' && step.plan.onFailure === 'hold'),
    steps.some((step) => step.state === 'failed' && (request.kind === 'disable' || request.kind === 'delete')),
    steps.some(
      (step) => step.state === 'stuck' && scenario.targets.find(({ name }) => name === step.plan.target)?.forbidsUndo === true,
    ),
    // A stranger who has the place of a lost creation cannot be told from one who came later.
    steps.some(
      (step) =>
        step.state === 'stuck' &&
        scenario.accounts.some(({ target, whose }) => target === step.plan.target && whose === 'stranger'),
    ),
  ]
  if (reasons.includes(true)) return
  const states = steps.map((step) => `${step.plan.target} ${step.state} ${step.error?.code ?? ''}`).join(', ')
  world.violate(
    'people are not asked without need',
    `request ${short(request.id)} needs attention: ${states}; known: ${Object.keys(truth.saga.accounts).length}`,
  )
}
