/**
 * Settling a step: what a claimed call came to. A worker that lost its claim meanwhile (a zombie that wakes up) writes
 * nothing: its fence is old.
 */
import type { Difference, Receipt } from '../account.ts'
import type { StepPlan } from '../plan.ts'
import type { Problem, StepState } from '../states.ts'
import type { StepRef } from './claim.ts'
import { asRows } from '../database.ts'
import { givenBack, held, known, openFor } from '../saga/transitions.ts'
import { followDepartures } from './departures.ts'
import { keepImageSecrets, type ImageSecrets } from './image-secrets.ts'
import { keptWrites } from './kept-step.ts'
import { linkAccounts } from './link-accounts.ts'
import { tellOfResets } from './notification.ts'
import { together } from './together.ts'
import type { Statement } from './writer.ts'

export interface Settlement extends StepRef {
  readonly fence: number
  /** pending and unknown give the step back, to be taken up again. */
  readonly state: Extract<StepState, 'applied' | 'failed' | 'unknown' | 'pending' | 'undone' | 'kept' | 'stuck' | 'undoing'>
  /** Present when the step had its effect, or when an unknown outcome turned out to be one. */
  readonly receipt?: Receipt
  /** What was to be done: a creation that did just that is not written down twice. */
  readonly plan?: StepPlan
  /** Of an applied step: what the target shows of the secrets that it set. */
  readonly afterSecrets?: ImageSecrets
  readonly error?: Problem
  readonly differences?: readonly Difference[]
  /** An account that an undo brought back: its native id may be a new one. */
  readonly restored?: { readonly nativeId: string; readonly label: string }
  /** For `undoing`: seconds until it may be tried again. */
  readonly retryInSeconds?: number
  readonly actor: string
}

function toRow({ receipt, afterSecrets, error, differences, restored, plan, ...input }: Settlement) {
  return {
    request_id: input.requestId,
    target: input.target,
    generation: input.generation,
    fence: input.fence,
    state: input.state,
    // What it was before is known since the claim.
    ...(receipt === undefined
      ? { has_receipt: false }
      : {
          has_receipt: true,
          label: receipt.label,
          disposition: receipt.disposition,
          writes: keptWrites(receipt.disposition, receipt.writes, plan),
          after: withoutSecrets(receipt.after),
        }),
    after_secrets: afterSecrets?.id,
    native_id: restored?.nativeId ?? receipt?.nativeId ?? undefined,
    error,
    differences,
    final: !givenBack.includes(input.state),
    retry: input.retryInSeconds,
  }
}

/** false: the fence is old, and nothing was written. */
export const settle: Statement<Settlement, boolean> = async (tx, inputs, record) => {
  const rows = inputs.map(toRow)
  const settled = await tx<{ request_id: string; target: string; fence: number }[]>`
    update step set
      state = row.state, lease_until = null, error = row.error, differences = row.differences,
      native_id = coalesce(row.native_id, step.native_id), label = coalesce(row.label, step.label),
      disposition = coalesce(row.disposition, step.disposition),
      writes = case when row.has_receipt then row.writes else step.writes end, after = case when row.has_receipt then row.after else step.after end,
      after_secrets = case when row.state = 'applied' then row.after_secrets else step.after_secrets end,
      reset_at = case when row.state = 'applied' then null else step.reset_at end,
      settled_at = case when row.final then now() end,
      deaths = case when row.state = any(${[...known]}::text[]) then 0 else step.deaths end,
      undo_attempts = step.undo_attempts + (row.retry is not null)::int, retry_at = clock_timestamp() + make_interval(secs => row.retry)
    from jsonb_to_recordset(${asRows(tx, rows)}) as row
      (request_id uuid, target text, generation int, fence bigint, state text, has_receipt boolean, native_id text, label text, disposition text, writes jsonb, after jsonb,
       after_secrets uuid, error jsonb, differences jsonb, final boolean, retry float)
    where step.request_id = row.request_id and step.target = row.target and step.generation = row.generation and step.fence = row.fence
      and step.lease_until is not null and (step.state = any(${[...held]}::text[])
        or exists (select from request where request.id = step.request_id and request.state = any(${[...openFor.probe]}::text[])))
    returning step.request_id, step.target, step.fence`
  // A zombie's word may come in the same batch as that of the worker that has the step now: the fence tells them apart.
  const done = new Set(settled.map((row) => `${row.request_id} ${row.target} ${row.fence}`))
  const own = inputs.filter((input) => done.has(`${input.requestId} ${input.target} ${input.fence}`))
  const valids = new Set(own)
  const reset = own.filter(({ error }) => error?.code === 'password_reset').map(({ requestId }) => requestId)
  await together([
    linkAccounts(tx, own),
    followDepartures(tx, own, record),
    keepImageSecrets(
      tx,
      own.map(({ afterSecrets }) => afterSecrets),
    ),
    tellOfResets(tx, reset),
  ])

  return inputs.map((input) => {
    const valid = valids.has(input)
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

export function withoutSecrets(account: Receipt['before']): Receipt['before'] {
  if (account === null) return null
  if (account.secrets === undefined) return account
  const { secrets: _, ...rest } = account
  return rest
}
