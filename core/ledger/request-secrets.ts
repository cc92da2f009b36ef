/** The secrets of a request: sealed, used by its steps, and gone when it has ended. */
import { asRows, type Tx } from '../database.ts'

/** A secret as the ledger takes it: what is in clear never comes here. */
export interface RequestSecret {
  readonly name: string
  /** Of the row in `sealed`. */
  readonly id: string
  readonly purpose: string
  readonly data: Buffer
}

/** How long a person's password may stay sealed in the ledger. */
const lifetime = '7 days'

export async function keepSecrets(tx: Tx, secrets: readonly RequestSecret[]): Promise<void> {
  if (secrets.length === 0) return
  const rows = secrets.map(({ id, purpose, data }) => ({ id, purpose, data: data.toString('base64') }))
  await tx`insert into sealed (id, purpose, data, expires_at)
    select id, purpose, decode(data, 'base64'), now() + ${lifetime}::interval from jsonb_to_recordset(${asRows(tx, rows)}) as row (id uuid, purpose text, data text)`
}

/** By name, the rows in `sealed`: what a request keeps of its secrets. */
export function secretIds(secrets: readonly RequestSecret[]): Readonly<Record<string, string>> {
  return Object.fromEntries(secrets.map(({ name, id }) => [name, id]))
}

/** What a new plan needs besides the secrets that the request has: those keep their values. */
export async function addSecrets(tx: Tx, requestId: string, secrets: readonly RequestSecret[]): Promise<void> {
  if (secrets.length === 0) return
  await keepSecrets(tx, secrets)
  await tx`update request set secrets = ${tx.json(secretIds(secrets))}::jsonb || secrets where id = ${requestId}`
}
