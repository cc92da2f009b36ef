/**
 * Settling a step: what a claimed call came to. A worker that lost its claim meanwhile (a zombie that wakes up) writes
 * nothing: its fence is old.
 */
import type { Difference, Receipt } from '../account.ts'
import type { Problem, StepState } from '../states.ts'
import type { StepRef } from './claim.ts'
import { asRows, type Tx } from '../database.ts'
import { givenBack, held } from '../saga/transitions.ts'
import type { Statement } from './writer.ts'

export interface Settlement extends StepRef {
  readonly fence: number
  /** pending and unknown give the step back, to be taken up again. */
  readonly state: Extract<StepState, 'applied' | 'failed' | 'unknown' | 'pending' | 'undone' | 'kept' | 'stuck' | 'undoing'>
  /** Present when the step had its effect, or when an unknown outcome turned out to be one. */
  readonly receipt?: Receipt
  readonly error?: Problem
  readonly differences?: readonly Difference[]
  readonly actor: string
}

/** false: the fence is old, and nothing was written. */
export const settle: Statement<Settlement, boolean> = async (tx, inputs, record) => {
  const rows = inputs.map(({ receipt, error, differences, ...input }) => ({
    request_id: input.requestId,
    target: input.target,
    generation: input.generation,
    fence: input.fence,
    state: input.state,
    receipt:
      receipt === undefined ? null : { ...receipt, before: withoutSecrets(receipt.before), after: withoutSecrets(receipt.after) },
    error: error ?? null,
    differences: differences ?? null,
    final: !givenBack.includes(input.state),
  }))
  const settled = await tx<{ request_id: string; target: string; fence: number }[]>`
    update step set
      state = row.state, lease_until = null, error = row.error, differences = row.differences,
      native_id = coalesce(row.receipt ->> 'nativeId', step.native_id), label = coalesce(row.receipt ->> 'label', step.label),
      disposition = coalesce(row.receipt ->> 'disposition', step.disposition), writes = coalesce(row.receipt -> 'writes', step.writes),
      after = case when row.receipt is null then step.after else nullif(row.receipt -> 'after', 'null') end,
      settled_at = case when row.final then now() end
    from jsonb_to_recordset(${asRows(tx, rows)}) as row
      (request_id uuid, target text, generation int, fence bigint, state text, receipt jsonb, error jsonb, differences jsonb, final boolean)
    where step.request_id = row.request_id and step.target = row.target and step.generation = row.generation and step.fence = row.fence
      and step.state = any(${[...held]}::text[])
    returning step.request_id, step.target, step.fence`
  // A zombie's word may come in the same batch as that of the worker that has the step now: the fence tells them apart.
  const done = new Set(settled.map((row) => `${row.request_id} ${row.target} ${row.fence}`))
  const own = inputs.filter((input) => done.has(`${input.requestId} ${input.target} ${input.fence}`))
  await linkAccounts(tx, own)

  return inputs.map((input) => {
    const valid = done.has(`${input.requestId} ${input.target} ${input.fence}`)
    record.audit({
      action: valid ? input.state : 'fenced_off',
      actor: input.actor,
      requestId: input.requestId,
      target: input.target,
      detail: {
        generation: input.generation,
        fence: input.fence,
        ...(input.receipt && { disposition: input.receipt.disposition }),
        ...(input.error && { code: input.error.code, vendorCode: input.error.vendorCode ?? null }),
      },
    })
    if (valid) record.changed(input.requestId)
    return valid
  })
}

function withoutSecrets(account: Receipt['before']): Receipt['before'] {
  if (account === null) return null
  const { secrets: _, ...rest } = account
  return rest
}

/** Accounts follow the effects: linked when one exists, unlinked when it is gone. */
async function linkAccounts(tx: Tx, settlements: readonly Settlement[]): Promise<void> {
  const links = settlements.flatMap(({ requestId, target, state, receipt }) =>
    state === 'applied' && receipt !== undefined && receipt.after !== null && receipt.nativeId !== null
      ? [
          {
            request_id: requestId,
            target,
            native_id: receipt.nativeId,
            label: receipt.after.label,
            enabled: receipt.after.enabled,
          },
        ]
      : [],
  )
  const undone = settlements
    .filter((input) => input.state === 'undone')
    .map(({ requestId, target }) => ({ request_id: requestId, target }))
  const deleted = settlements
    .filter((input) => input.state === 'applied' && input.receipt?.disposition === 'deleted')
    .map(({ requestId, target }) => ({ request_id: requestId, target }))
  if (undone.length + deleted.length > 0)
    await tx`
      delete from account using request, step, jsonb_to_recordset(${asRows(tx, [...undone, ...deleted])}) as row (request_id uuid, target text)
      where request.id = row.request_id and step.request_id = row.request_id and step.target = row.target
        and account.identity_id = request.identity_id and account.target = row.target and step.disposition in ('created', 'adopted', 'deleted')`
  if (undone.length > 0)
    await tx`
      update account set enabled = (step.before ->> 'enabled')::boolean, label = step.before ->> 'label', updated_at = now()
      from request, step, jsonb_to_recordset(${asRows(tx, undone)}) as row (request_id uuid, target text)
      where request.id = row.request_id and step.request_id = row.request_id and step.target = row.target
        and account.identity_id = request.identity_id and account.target = row.target and step.disposition = 'changed'`
  if (links.length > 0)
    await tx`
      insert into account (identity_id, target, native_id, label, enabled)
      select request.identity_id, row.target, row.native_id, row.label, row.enabled
      from jsonb_to_recordset(${asRows(tx, links)}) as row (request_id uuid, target text, native_id text, label text, enabled boolean)
      join request on request.id = row.request_id order by 1, 2
      on conflict (identity_id, target) do update set native_id = excluded.native_id, label = excluded.label, enabled = excluded.enabled, updated_at = now()`
}
