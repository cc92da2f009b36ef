/** Accounts follow the effects: linked when one exists, unlinked when it is gone. */
import { asRows, type Tx } from '../database.ts'
import type { Settlement } from './settle.ts'

export async function linkAccounts(tx: Tx, settlements: readonly Settlement[]): Promise<void> {
  const undone = settlements
    .filter((input) => input.state === 'undone')
    .map(({ requestId, target }) => ({ request_id: requestId, target }))
  const deleted = settlements
    .filter((input) => input.state === 'applied' && input.receipt?.disposition === 'deleted')
    .map(({ requestId, target }) => ({ request_id: requestId, target }))
  if (undone.length + deleted.length > 0) await unlink(tx, [...undone, ...deleted])
  if (undone.length > 0)
    await tx`
      update account set enabled = (step.before ->> 'enabled')::boolean, label = step.before ->> 'label', updated_at = now()
      from request, step, jsonb_to_recordset(${asRows(tx, undone)}) as row (request_id uuid, target text)
      where request.id = row.request_id and step.request_id = row.request_id and step.target = row.target
        and account.identity_id = request.identity_id and account.target = row.target and step.disposition = 'changed'`
  await link(tx, settlements)
}

/** What this request made, took over or deleted is no account of the identity any more. */
export async function unlink(tx: Tx, steps: readonly { readonly request_id: string; readonly target: string }[]): Promise<void> {
  await tx`
    with gone as (
      delete from account using request, step, jsonb_to_recordset(${asRows(tx, steps)}) as row (request_id uuid, target text)
      where request.id = row.request_id and step.request_id = row.request_id and step.target = row.target
        and account.identity_id = request.identity_id and account.target = row.target and step.disposition in ('created', 'adopted', 'deleted')
      returning account.native_id, account.target)
    insert into account_gone (native_id, target, gone_at) select native_id, target, clock_timestamp() from gone
    on conflict (native_id, target) do update set gone_at = excluded.gone_at`
}

async function link(tx: Tx, settlements: readonly Settlement[]): Promise<void> {
  const rows = settlements.flatMap(({ requestId, target, state, receipt, restored }) => {
    const about = { request_id: requestId, target }
    if (state === 'applied' && receipt !== undefined && receipt.after !== null && receipt.nativeId !== null)
      return [
        {
          ...about,
          native_id: receipt.nativeId,
          label: receipt.after.label,
          enabled: receipt.after.enabled,
          disposition: receipt.disposition,
        },
      ]
    // What was deleted and brought back is linked again, under the id that it has now.
    if (state === 'undone' && receipt?.disposition === 'deleted' && restored !== undefined)
      return [
        {
          ...about,
          native_id: restored.nativeId,
          label: restored.label,
          enabled: receipt.before?.enabled ?? true,
          disposition: receipt.disposition,
        },
      ]
    return []
  })
  if (rows.length === 0) return
  await tx`
    insert into account (identity_id, target, native_id, label, enabled, adopted_at)
    select request.identity_id, row.target, row.native_id, row.label, row.enabled, case when row.disposition = 'adopted' then now() end
    from jsonb_to_recordset(${asRows(tx, rows)}) as row (request_id uuid, target text, native_id text, label text, enabled boolean, disposition text)
    join request on request.id = row.request_id order by 1, 2
    on conflict (identity_id, target) do update set native_id = excluded.native_id, label = excluded.label, enabled = excluded.enabled, updated_at = now(),
      adopted_at = case when account.native_id = excluded.native_id then coalesce(account.adopted_at, excluded.adopted_at) else excluded.adopted_at end`
}
