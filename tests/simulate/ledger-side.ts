/** The machine's events as questions to the real ledger, and where both stand, in the same words. */
import assert from 'node:assert/strict'
import type { Sql } from '#core/database.ts'
import type { NewRequest } from '#core/ledger/accept.ts'
import type { Ledger } from '#core/ledger/index.ts'
import { takeBells } from '#core/ledger/ring.ts'
import type { SagaEvent } from '#core/saga/machine.ts'
import type { Saga } from '#core/saga/state.ts'
import { identities } from './events.ts'

const identityId = (name: string) => `00000000-0000-4000-9000-00000000000${identities.indexOf(name)}`

/** Asks the ledger what the machine was asked; answers in the machine's words, or undefined where there is no answer to compare. */
export async function askLedger(ledger: Ledger, sql: Sql, event: SagaEvent, after: Saga): Promise<unknown> {
  switch (event.kind) {
    case 'accept':
      return (await ledger.accept(toNewRequest(event))).outcome
    case 'claim': {
      const { kind: _, at: __, ...claim } = event
      return ledger.claim({ ...claim, actor: 'worker' })
    }
    case 'renew':
      return (await ledger.renew(event.claims, event.leaseSeconds)).length
    case 'settle': {
      const { kind: _, at: __, ...settlement } = event
      return ledger.settle({ ...settlement, actor: 'worker' })
    }
    case 'decide':
      return ledger.decide({ ...event, actor: 'finalizer' })
    case 'wake':
      return ledger.wake({ limit: event.limit, queued: event.queued ?? [] })
    case 'wakeAll':
      return ledger.wakeAll({})
    case 'forget':
      await takeBells(sql, 1_000, async () => undefined)
      return undefined
    case 'retry':
    case 'resume':
    case 'cancel':
    case 'probe':
      return ledger[event.kind]({ requestId: event.requestId, actor: 'person:ada', reason: 'because' })
    case 'attest': {
      const { requestId, target, outcome, person } = event
      return ledger.attest({ requestId, target, outcome, actor: person, reason: 'because' })
    }
    case 'replan': {
      const { requestId, previous, requestKind, desired, steps } = event
      const plan = { ruleSet: { name: 'rules', version: 1 }, identity: {}, steps, hash: 'again' }
      assert.ok(after.requests[requestId])
      return ledger.replan({ requestId, previous, result: { kind: requestKind, plan, desired } })
    }
  }
}

function toNewRequest(event: Extract<SagaEvent, { kind: 'accept' }>): NewRequest {
  const { id, identity, revision, previous, desired, requestKind, steps } = event
  return {
    id,
    identity: { id: identityId(identity), source: 'test', externalId: identity, key: identity, displayName: null },
    revision,
    previous,
    desired,
    kind: requestKind,
    plan: { ruleSet: { name: 'rules', version: 1 }, identity: {}, steps, hash: 'plan' },
    secrets: [],
    actor: 'source:test',
    change: {},
    idempotency: null,
  }
}

/** An empty ledger whose targets are configured. */
export async function wipe(sql: Sql): Promise<void> {
  for (const table of ['attestation', 'statement', 'outbox', 'account', 'step', 'request', 'identity'])
    await sql`delete from ${sql(table)}`
  await sql`insert into passerelle.target (name, connector, config) values ('directory', 'x', '{}'), ('payroll', 'x', '{}') on conflict do nothing`
}

/** Time goes by: everything that the ledger waits for comes nearer. */
export async function passTime(sql: Sql, seconds: number): Promise<void> {
  const earlier = sql`make_interval(secs => ${seconds})`
  await sql`update request set wake_at = wake_at - ${earlier}`
  await sql`update step set lease_until = lease_until - ${earlier}, called_at = called_at - ${earlier}, retry_at = retry_at - ${earlier}`
}

/** Everything that decides what may happen next. */
export function standingOfMachine(saga: Saga): unknown {
  const requests = Object.values(saga.requests).map((request) => ({
    id: request.id,
    state: request.state,
    kind: request.kind,
    direction: request.direction,
    stale: request.stale,
    generation: request.generation,
    bell: request.bell,
    previous: request.previous.attributes,
    desired: request.desired.attributes,
    wakeAt: request.wakeAt,
    steps: Object.values(request.steps).map((step) => ({
      target: step.plan.target,
      state: step.state,
      generation: step.generation,
      fence: step.fence,
      attempts: step.attempts,
      deaths: step.deaths,
      undoAttempts: step.undoAttempts,
      leaseUntil: step.leaseUntil,
      calledAt: step.calledAt,
      retryAt: step.retryAt,
      before: step.before?.nativeId ?? null,
      disposition: step.effect?.disposition ?? null,
      error: step.error?.code ?? null,
    })),
  }))
  const known = Object.entries(saga.identities).map(([name, { revision, active, desired }]) => ({
    name,
    revision,
    active,
    desired: desired.attributes,
  }))
  const accounts = Object.entries(saga.accounts).map(([key, { nativeId, enabled }]) => `${key} ${nativeId} ${enabled}`)
  const bells = saga.outbox.map(({ topic, requestId, generation, bell }) => `${topic} ${requestId} ${generation} ${bell}`)
  return inOrder({ requests, known, accounts, bells })
}

/** The same, read from the tables. @param passed milliseconds that went by for the test only */
export async function standingOfLedger(sql: Sql, passed: number): Promise<unknown> {
  const ms = (column: string) => `(extract(epoch from ${column}) * 1000 + ${passed})::float`
  const [row] = await sql.unsafe<{ all: Standing }[]>(`select json_build_object(
    'requests', (select coalesce(json_agg(json_build_object('id', id, 'state', state, 'kind', kind, 'direction', direction, 'stale', stale,
        'generation', generation, 'bell', bell, 'previous', previous -> 'attributes', 'desired', desired -> 'attributes', 'wakeAt', ${ms('wake_at')},
        'steps', (select coalesce(json_agg(json_build_object('target', target, 'state', state, 'generation', generation, 'fence', fence,
            'attempts', attempts, 'deaths', deaths, 'undoAttempts', undo_attempts, 'leaseUntil', ${ms('lease_until')}, 'calledAt', ${ms('called_at')},
            'retryAt', ${ms('retry_at')}, 'before', before ->> 'nativeId', 'disposition', disposition, 'error', error ->> 'code')), '[]')
          from step where request_id = request.id))), '[]') from request),
    'known', (select coalesce(json_agg(json_build_object('name', key, 'revision', revision, 'active', active_request, 'desired', attributes)), '[]') from identity),
    'accounts', (select coalesce(json_agg(key || ' ' || target || ' ' || native_id || ' ' || enabled), '[]') from account join identity on identity.id = identity_id),
    'bells', (select coalesce(json_agg(topic || ' ' || request_id || ' ' || generation || ' ' || bell), '[]') from outbox)) as all`)
  assert.ok(row)
  return inOrder(row.all)
}

interface Standing {
  readonly requests: readonly { readonly id: string; readonly steps: readonly { readonly target: string }[] }[]
  readonly known: readonly { readonly name: string }[]
  readonly accounts: readonly string[]
  readonly bells: readonly string[]
}

function inOrder({ requests, known, accounts, bells }: Standing): unknown {
  return {
    requests: requests
      .map((request) => ({ ...request, steps: request.steps.toSorted((left, right) => (left.target < right.target ? -1 : 1)) }))
      .sort((left, right) => (left.id < right.id ? -1 : 1)),
    known: known.toSorted((left, right) => (left.name < right.name ? -1 : 1)),
    accounts: accounts.toSorted(),
    bells: bells.toSorted(),
  }
}

/** Milliseconds by which the same moment may be read differently. */
const blur = 2_000

/** `theirs`, with times that are as good as ours written as ours. */
export function withOurClock(theirs: unknown, ours: unknown): unknown {
  if (typeof theirs === 'number' && typeof ours === 'number') return ours > 1e12 && Math.abs(theirs - ours) < blur ? ours : theirs
  if (typeof theirs !== 'object' || theirs === null || typeof ours !== 'object' || ours === null) return theirs
  if (Array.isArray(theirs)) return theirs.map((item, index) => withOurClock(item, (ours as readonly unknown[])[index]))
  const counterpart = ours as Readonly<Record<string, unknown>>
  return Object.fromEntries(Object.entries(theirs).map(([name, value]) => [name, withOurClock(value, counterpart[name])]))
}
