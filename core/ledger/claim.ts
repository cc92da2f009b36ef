/**
 * Claiming a step: the compare-and-set that makes an effect happen at most once. The before-image, and so the intent, is
 * durable when the claim returns, and only then may the target be called.
 */
import type { Account } from '../account.ts'
import { asRows } from '../database.ts'
import { claimable, claimedAs, openFor, type Purpose } from '../saga/transitions.ts'
import type { Statement } from './writer.ts'

/** What a job's data holds, and nothing else: ids only. */
export interface StepRef {
  readonly requestId: string
  readonly target: string
  readonly generation: number
}

export interface Claim extends StepRef {
  /** The fence that was read with the step; another worker's claim makes this one fail. */
  readonly fence: number
  readonly purpose: Purpose
  /** Only for `apply` and only the first time: the account as it was, without its secrets. */
  readonly before?: Account | null
  /** The sealed secrets of the before-image. */
  readonly beforeSecrets?: { readonly id: string; readonly purpose: string; readonly data: Buffer } | null
  readonly leaseSeconds: number
  readonly actor: string
}

export type ClaimResult =
  | { readonly outcome: 'claimed'; readonly fence: number }
  /** Another worker was faster, or the step is no longer to be done. */
  | { readonly outcome: 'superseded' }
  /** The native account belongs to another identity. */
  | { readonly outcome: 'owned'; readonly fence: number }

export const claim: Statement<Claim, ClaimResult> = async (tx, inputs, record) => {
  // Two jobs may have read the same step and come in one batch: only the first may win.
  const firsts = new Map<string, Claim>()
  for (const input of inputs) if (!firsts.has(keyOf(input))) firsts.set(keyOf(input), input)
  const rows = [...firsts.values()].map((input) => ({
    request_id: input.requestId,
    target: input.target,
    generation: input.generation,
    fence: input.fence,
    states: claimable[input.purpose],
    request_states: openFor[input.purpose],
    state: claimedAs[input.purpose],
    // Undoing is no attempt at the change.
    attempts: input.purpose === 'apply' ? 1 : 0,
    sets_before: input.before !== undefined,
    before: input.before ?? null,
    before_secrets: input.beforeSecrets?.id ?? null,
    lease: input.leaseSeconds,
  }))
  const won = await tx<{ request_id: string; target: string; generation: number; fence: number; owned: boolean }[]>`
    update step set
      state = row.state, fence = step.fence + 1, attempts = step.attempts + row.attempts, started_at = coalesce(step.started_at, now()),
      lease_until = clock_timestamp() + make_interval(secs => row.lease),
      called_at = case when row.sets_before then clock_timestamp() else step.called_at end,
      before = case when row.sets_before then row.before else step.before end,
      before_secrets = case when row.sets_before then row.before_secrets else step.before_secrets end
    from jsonb_to_recordset(${asRows(tx, rows)}) as row
      (request_id uuid, target text, generation int, fence bigint, states jsonb, request_states jsonb, state text, attempts int, sets_before boolean, before jsonb, before_secrets uuid, lease float),
      request
    where step.request_id = row.request_id and step.target = row.target and step.generation = row.generation and step.fence = row.fence
      and row.states ? step.state and (step.lease_until is null or step.lease_until < clock_timestamp())
      and request.id = step.request_id and row.request_states ? request.state
    returning step.request_id, step.target, step.generation, step.fence, exists (
      select from account where account.target = step.target and account.native_id = row.before ->> 'nativeId' and account.identity_id <> request.identity_id) as owned`
  const rowOf = new Map(
    won.flatMap((row) => {
      const input = firsts.get(
        keyOf({ requestId: row.request_id, target: row.target, generation: row.generation, fence: row.fence - 1 }),
      )
      return input === undefined ? [] : [[input, row] as const]
    }),
  )
  const claimed = inputs.filter((input) => rowOf.has(input))
  const secrets = claimed.flatMap(({ beforeSecrets: kept }) =>
    kept ? [{ id: kept.id, purpose: kept.purpose, data: kept.data.toString('base64') }] : [],
  )
  await Promise.all([
    tx`update request set state = 'running' where state = 'queued' and id = any(${claimed.map((input) => input.requestId)}::uuid[])`,
    secrets.length === 0
      ? null
      : tx`insert into sealed (id, purpose, data) select id, purpose, decode(data, 'base64') from jsonb_to_recordset(${asRows(tx, secrets)}) as row (id uuid, purpose text, data text)`,
  ])

  return inputs.map((input): ClaimResult => {
    const row = rowOf.get(input)
    const about = { actor: input.actor, requestId: input.requestId, target: input.target }
    if (row === undefined) {
      record.audit({ ...about, action: 'superseded', detail: { generation: input.generation, purpose: input.purpose } })
      return { outcome: 'superseded' }
    }
    record.audit({
      ...about,
      action: input.purpose === 'apply' ? 'claimed' : 'undoing',
      detail: { generation: input.generation, fence: row.fence },
    })
    record.changed(input.requestId)
    return { outcome: row.owned ? 'owned' : 'claimed', fence: row.fence }
  })
}

function keyOf({ requestId, target, generation, fence }: StepRef & { readonly fence: number }): string {
  return `${requestId} ${target} ${generation} ${fence}`
}
