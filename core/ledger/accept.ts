/**
 * Accepting a request: identity, request, steps, secrets and the bell become durable together, or not at all. The row of the
 * identity is locked on the way, which is what gives the requests of one identity their order.
 */
import type { Plan, RequestKind } from '../plan.ts'
import type { SafetyThreshold } from '../safety.ts'
import type { Attributes } from '../values.ts'
import { asRows, type Tx } from '../database.ts'
import { askApproval } from './ask-approval.ts'
import { claimDepartures, releaseDepartures } from './file-departures.ts'
import { holdForSafety } from './hold-for-safety.ts'
import { keptSteps } from './kept-step.ts'
import { keepSecrets, secretIds, type RequestSecret } from './request-secrets.ts'
import type { Recorder, Statement } from './writer.ts'

/** Where the accepted requests leave an identity: its attributes, and the groups it has in each target it has an account in. */
export interface IdentityState {
  readonly attributes: Attributes
  readonly targets: Readonly<Record<string, readonly string[]>>
  readonly disabled: boolean
  /** Targets where the gateway switched the account off because the rules did not want it there, although the identity is not disabled. */
  readonly switchedOff?: readonly string[]
}

export interface NewRequest {
  readonly id: string
  readonly identity: {
    readonly id: string
    readonly source: string
    readonly externalId: string
    readonly key: string
    readonly displayName: string | null
  }
  /** The identity's revision that the plan was made from; 0 for a new one. */
  readonly revision: number
  readonly previous: IdentityState
  readonly desired: IdentityState
  readonly kind: RequestKind
  readonly plan: Plan
  readonly secrets: readonly RequestSecret[]
  readonly actor: string
  /** What was asked, without secrets: kept while the request waits, because it may have to be planned again. */
  readonly change?: unknown
  readonly idempotency: { readonly key: string; readonly bodyHash: string } | null
  /** The thresholds of the rule set that the plan was made with. */
  readonly thresholds?: readonly SafetyThreshold[]
  /** A deletion in these targets only. */
  readonly scope?: readonly string[]
  /** The departure that the deletion ends; it must be due. */
  readonly departure?: string
}

export type Acceptance =
  | { readonly outcome: 'accepted' }
  /** The departure is not due, or not any more. */
  | { readonly outcome: 'not_due' }
  /** The identity changed since the plan was made: plan again. */
  | { readonly outcome: 'conflict' }
  /** The idempotency key is known. */
  | { readonly outcome: 'duplicate'; readonly requestId: string; readonly sameBody: boolean }

/** Seconds after which the reconciler looks at a request that nobody finished. */
const firstWake = 60

/** Inputs of one batch are of different identities; the caller serialises its own. */
export const accept: Statement<NewRequest, Acceptance> = async (tx, inputs, record) => {
  const duplicates = await claimIdempotencyKeys(tx, inputs)
  for (const id of await claimDepartures(tx, inputs)) duplicates.set(id, { outcome: 'not_due' })
  const fresh = inputs.filter((input) => !duplicates.has(input.id))
  const identities = await advanceIdentities(tx, fresh)
  const accepted = fresh.filter((input) => identities.has(input.id))
  const conflicts = fresh.filter((input) => !identities.has(input.id))
  if (conflicts.length > 0) {
    await tx`delete from idempotency where request_id = any(${conflicts.map((input) => input.id)}::uuid[])`
    await releaseDepartures(tx, conflicts)
  }
  if (accepted.length > 0) await insertRequests(tx, await withinSafety(tx, accepted, identities, record), identities, record)
  return inputs.map(
    (input) => duplicates.get(input.id) ?? (identities.has(input.id) ? { outcome: 'accepted' } : { outcome: 'conflict' }),
  )
}

/** What would exceed a safety threshold asks for approval, from the moment in which it is accepted. */
async function withinSafety(
  tx: Tx,
  inputs: readonly NewRequest[],
  identities: Map<string, AdvancedIdentity>,
  record: Recorder,
): Promise<readonly NewRequest[]> {
  const asked = inputs.map(({ id: requestId, plan, thresholds = [] }) => ({
    requestId,
    identityId: identities.get(requestId)?.id ?? '',
    plan,
    thresholds,
  }))
  const plans = await holdForSafety(tx, asked, record)
  return inputs.map((input, index) => ({ ...input, plan: plans[index] ?? input.plan }))
}

async function claimIdempotencyKeys(tx: Tx, inputs: readonly NewRequest[]): Promise<Map<string, Acceptance>> {
  const keyed = inputs.flatMap((input) =>
    input.idempotency === null
      ? []
      : [
          {
            source: input.identity.source,
            key: input.idempotency.key,
            body_hash: input.idempotency.bodyHash,
            request_id: input.id,
          },
        ],
  )
  const duplicates = new Map<string, Acceptance>()
  if (keyed.length === 0) return duplicates
  await tx`
    insert into idempotency (source, key, body_hash, request_id)
    select source, key, body_hash, request_id from jsonb_to_recordset(${asRows(tx, keyed)}) as row (source text, key text, body_hash text, request_id uuid)
    order by source, key on conflict do nothing`
  const owners = await tx<{ source: string; key: string; body_hash: string; request_id: string }[]>`
    select source, key, i.body_hash, i.request_id from idempotency i
    join jsonb_to_recordset(${asRows(tx, keyed)}) as row (source text, key text) using (source, key)`
  for (const row of keyed) {
    const owner = owners.find((other) => other.source === row.source && other.key === row.key)
    if (owner !== undefined && owner.request_id !== row.request_id)
      duplicates.set(row.request_id, {
        outcome: 'duplicate',
        requestId: owner.request_id,
        sameBody: owner.body_hash === row.body_hash,
      })
  }
  return duplicates
}

interface AdvancedIdentity {
  readonly id: string
  /** Another request of the identity is at work: this one waits. */
  readonly mustWait: boolean
}

async function advanceIdentities(tx: Tx, inputs: readonly NewRequest[]): Promise<Map<string, AdvancedIdentity>> {
  const rows = inputs.map((input) => ({
    id: input.identity.id,
    source: input.identity.source,
    external_id: input.identity.externalId,
    key: input.identity.key,
    display_name: input.identity.displayName,
    attributes: input.desired.attributes,
    targets: input.desired.targets,
    disabled: input.desired.disabled,
    switched_off: input.desired.switchedOff ?? [],
    revision: input.revision + 1,
    active_request: input.id,
  }))
  if (rows.length === 0) return new Map()
  const advanced = await tx<{ id: string; source: string; key: string; active_request: string }[]>`
    insert into identity as known (id, source, external_id, key, display_name, attributes, targets, disabled, switched_off, revision, active_request)
    select id, source, external_id, key, display_name, attributes, targets, disabled, switched_off, revision, active_request
    from jsonb_to_recordset(${asRows(tx, rows)}) as row
      (id uuid, source text, external_id text, key text, display_name text, attributes jsonb, targets jsonb, disabled boolean, switched_off jsonb, revision bigint, active_request uuid)
    order by source, key
    on conflict (source, key) do update set
      attributes = excluded.attributes, targets = excluded.targets, disabled = excluded.disabled, switched_off = excluded.switched_off, revision = excluded.revision, updated_at = now(),
      display_name = coalesce(excluded.display_name, known.display_name),
      active_request = coalesce(known.active_request, excluded.active_request)
    where known.revision = excluded.revision - 1
    returning id, source, key, active_request`
  const byKey = new Map(advanced.map((row) => [`${row.source}|${row.key}`, row]))
  return new Map(
    inputs.flatMap((input) => {
      const row = byKey.get(`${input.identity.source}|${input.identity.key}`)
      return row === undefined ? [] : [[input.id, { id: row.id, mustWait: row.active_request !== input.id }] as const]
    }),
  )
}

function toRow(input: NewRequest, identity: AdvancedIdentity | undefined) {
  return {
    id: input.id,
    identity_id: identity?.id,
    source: input.identity.source,
    external_id: input.identity.externalId,
    display_name: input.identity.displayName,
    kind: input.kind,
    state:
      identity?.mustWait === true
        ? ('received' as const)
        : input.plan.approvals !== undefined
          ? ('awaiting_approval' as const)
          : ('queued' as const),
    rule_set: input.plan.ruleSet.name,
    rule_version: input.plan.ruleSet.version,
    previous: input.previous,
    desired: input.desired,
    computed: input.plan.identity,
    plan_hash: input.plan.hash,
    approvals: input.plan.approvals,
    lookups: input.plan.lookups,
    actor: input.actor,
    // What asks for approval may have to be planned again too, when a target changes meanwhile.
    change: identity?.mustWait === true || input.plan.approvals !== undefined ? (input.change ?? undefined) : undefined,
    scope: input.scope,
    secrets: secretIds(input.secrets),
  }
}

async function insertRequests(
  tx: Tx,
  inputs: readonly NewRequest[],
  identities: Map<string, AdvancedIdentity>,
  record: Recorder,
): Promise<void> {
  const requests = inputs.map((input) => toRow(input, identities.get(input.id)))
  const steps = inputs.flatMap((input) =>
    keptSteps(input.plan).map((plan) => ({ request_id: input.id, target: plan.target, plan })),
  )
  const queued = requests.filter((request) => request.state === 'queued').map((request) => request.id)
  await Promise.all([
    tx`insert into request (id, identity_id, source, external_id, display_name, kind, state, rule_set, rule_version, previous, desired, computed, plan_hash, secrets, actor, change, approvals, scope, lookups, wake_at, stale)
       select row.*, now() + make_interval(secs => ${firstWake}),
         -- planned on top of one that is to be planned again
         row.state = 'received' and exists (select from request other where other.identity_id = row.identity_id and other.state = 'received' and other.stale)
       from jsonb_to_recordset(${asRows(tx, requests)}) as row
         (id uuid, identity_id uuid, source text, external_id text, display_name text, kind text, state text, rule_set text, rule_version int,
          previous jsonb, desired jsonb, computed jsonb, plan_hash text, secrets jsonb, actor text, change jsonb, approvals jsonb, scope jsonb, lookups jsonb)`,
    steps.length === 0
      ? null
      : tx`insert into step (request_id, target, generation, state, plan)
         select request_id, target, 1, 'pending', plan from jsonb_to_recordset(${asRows(tx, steps)}) as row (request_id uuid, target text, plan jsonb)`,
    keepSecrets(
      tx,
      inputs.flatMap((input) => input.secrets),
    ),
    queued.length === 0
      ? null
      : tx`insert into outbox (topic, request_id, generation, bell) select 'apply', id, 1, 0 from unnest(${queued}::uuid[]) as id`,
  ])
  if (queued.length > 0) record.rang()
  for (const request of requests) {
    record.changed(request.id, request.state)
    record.audit({
      action: 'accepted',
      actor: request.actor,
      requestId: request.id,
      detail: {
        kind: request.kind,
        source: request.source,
        plan: request.plan_hash,
        ruleSet: request.rule_set,
        ruleVersion: request.rule_version,
      },
    })
  }
  const asking = requests.filter((request) => request.state === 'awaiting_approval').map((request) => request.id)
  await askApproval(tx, asking, record)
}
