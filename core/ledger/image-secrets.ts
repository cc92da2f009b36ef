/** What targets show of secrets, hashes mostly: sealed apart from the images of accounts, for as long as an undo may need it. */
import { asRows, type Tx } from '../database.ts'
import type { Sealer } from '../sealing.ts'
import { uuidv7 } from '../uuid.ts'

/** As the ledger takes them: what is in clear never comes here. */
export interface ImageSecrets {
  /** Of the row in `sealed`. */
  readonly id: string
  readonly purpose: string
  readonly data: Buffer
}

export function sealImageSecrets(
  sealer: Pick<Sealer, 'seal'>,
  purpose: 'step|before' | 'step|after',
  secrets: Readonly<Record<string, string>>,
): ImageSecrets {
  const id = uuidv7()
  return { id, purpose, data: sealer.seal(`${purpose}|${id}`, JSON.stringify(secrets)) }
}

export async function keepImageSecrets(tx: Tx, images: readonly (ImageSecrets | null | undefined)[]): Promise<void> {
  const rows = images.flatMap((image) => (image ? [{ ...image, data: image.data.toString('base64') }] : []))
  if (rows.length === 0) return
  await tx`insert into sealed (id, purpose, data)
    select id, purpose, decode(data, 'base64') from jsonb_to_recordset(${asRows(tx, rows)}) as row (id uuid, purpose text, data text)`
}
