/**
 * A person does not want to wait for the reconciler's next look at a request that is under way: its time is set to now. What is rung then,
 * and what that may do, is decided as ever.
 */
import { asRows } from '../database.ts'
import { wakeable } from '../saga/transitions.ts'
import type { Statement } from './writer.ts'

export interface WakeNow {
  readonly requestId: string
  readonly actor: string
  readonly reason: string
}

/** false: the request is not under way, and nothing was written. */
export const wakeNow: Statement<WakeNow, boolean> = async (tx, inputs, record) => {
  const rows = inputs.map(({ requestId }) => ({ id: requestId }))
  const woken = await tx<{ id: string }[]>`
    update request set wake_at = clock_timestamp(), ring_anyway = true
    where state = any(${[...wakeable]}::text[]) and id in (
      select request.id from request join jsonb_to_recordset(${asRows(tx, rows)}) as row (id uuid) using (id) order by request.id for update of request)
    returning id`
  const found = new Set(woken.map(({ id }) => id))
  for (const { requestId, actor, reason } of inputs)
    if (found.has(requestId)) record.audit({ action: 'hurried', actor, requestId, detail: { reason } })
  return inputs.map(({ requestId }) => found.has(requestId))
}
