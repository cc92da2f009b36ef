/**
 * An undo is about to set a secret that nobody knows. It is kept nowhere, so an undo that is done again could take its own work for somebody
 * else's: that it began is durable before the call leaves, with the effect that it undoes, and under the fence of its claim.
 */
import type { Receipt } from '../account.ts'
import { asRows } from '../database.ts'
import type { StepRef } from './claim.ts'
import { withoutSecrets } from './settle.ts'
import type { Statement } from './writer.ts'

export interface ResetBegun extends StepRef {
  readonly fence: number
  /** What is undone, where the ledger does not know it yet. */
  readonly receipt: Receipt
  readonly actor: string
}

/** false: the claim is lost, and nothing may be called. */
export const beginReset: Statement<ResetBegun, boolean> = async (tx, inputs, record) => {
  const rows = inputs.map(({ requestId, target, generation, fence, receipt }) => ({
    ...{ request_id: requestId, target, generation, fence },
    ...{ native_id: receipt.nativeId, label: receipt.label, disposition: receipt.disposition },
    ...{ writes: receipt.writes, after: withoutSecrets(receipt.after) },
  }))
  const begun = await tx<{ request_id: string; target: string; fence: number }[]>`
    update step set reset_at = clock_timestamp(), native_id = coalesce(step.native_id, row.native_id), label = coalesce(step.label, row.label),
      disposition = coalesce(step.disposition, row.disposition), writes = coalesce(step.writes, row.writes),
      after = case when step.disposition is null then row.after else step.after end
    from jsonb_to_recordset(${asRows(tx, rows)}) as row
      (request_id uuid, target text, generation int, fence bigint, native_id text, label text, disposition text, writes jsonb, after jsonb)
    where step.request_id = row.request_id and step.target = row.target and step.generation = row.generation and step.fence = row.fence
      and step.state = 'undoing' and step.lease_until is not null
    returning step.request_id, step.target, step.fence`
  const ours = new Set(begun.map((row) => `${row.request_id} ${row.target} ${row.fence}`))
  return inputs.map(({ requestId, target, generation, fence, actor }) => {
    if (!ours.has(`${requestId} ${target} ${fence}`)) return false
    record.audit({ action: 'password_reset', actor, requestId, target, detail: { generation, fence } })
    return true
  })
}
