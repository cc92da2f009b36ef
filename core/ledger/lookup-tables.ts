/** Writing lookup tables: each change is a version more, with its audit record, and every process is told. */
import type { Tx } from '../database.ts'
import { configurationChannel } from '../targets.ts'
import type { Recorder, Statement } from './writer.ts'

export interface LookupChange {
  readonly name: string
  readonly description: { readonly fr: string; readonly en: string } | null
  readonly rows: Readonly<Record<string, string>>
  readonly fallback: string | null
  /** SHA-256 over rows and fallback. */
  readonly hash: string
  readonly actor: string
  /**
   * The version that was looked at, 0 for a new table. `configuration`: the change is one when it differs from the configuration's last version; what
   * people changed since then stays until the file changes.
   */
  readonly base: number | 'configuration'
}

export type LookupResult =
  | { readonly outcome: 'saved'; readonly version: number }
  /** Somebody saved another version since. */
  | { readonly outcome: 'conflict'; readonly version: number }
  | { readonly outcome: 'same'; readonly version: number }

export const changeLookup: Statement<LookupChange, LookupResult> = async (tx, inputs, record) => {
  const results: LookupResult[] = []
  for (const input of inputs) results.push(await changeOne(tx, input, record))
  return results
}

async function changeOne(tx: Tx, change: LookupChange, record: Recorder): Promise<LookupResult> {
  const { name, description, rows, fallback, hash, actor, base } = change
  await tx`select pg_advisory_xact_lock(hashtext('lookup_table'), hashtext(${name}))`
  const [{ version: newest = 0 } = {}] = await tx<{ version: number }[]>`
    select version from lookup_table where name = ${name} order by version desc limit 1`
  const told = description === null ? null : tx.json(description)
  if (base === 'configuration') {
    const [last] = await tx<{ same: boolean }[]>`
      select hash = ${hash} and description is not distinct from ${told}::jsonb as same from lookup_table
      where name = ${name} and updated_by = ${actor} order by version desc limit 1`
    if (last?.same === true) return { outcome: 'same', version: newest }
  } else if (base !== newest) return { outcome: 'conflict', version: newest }
  const version = newest + 1
  await tx`insert into lookup_table (name, version, description, rows, fallback, hash, updated_by)
    values (${name}, ${version}, ${told}::jsonb, ${tx.json(rows)}, ${fallback}, ${hash}, ${actor})`
  record.audit({ action: 'lookup_changed', actor, detail: { table: name, version, rows: Object.keys(rows).length, hash } })
  await tx`select pg_notify(${configurationChannel}, '')`
  return { outcome: 'saved', version }
}
