/**
 * Brings the database to this version's schema: plain SQL files, forward only, in the order of their names, each in its own
 * transaction. Several processes may start at once: an advisory lock lets one of them do it.
 */
import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { GatewayError } from './errors.ts'
import type { Sql } from './database.ts'

const folder = new URL('../migrations/', import.meta.url)
const lock = 7277_001

/** Returns the names of the migrations it applied. Throws `config` when one that was applied has been edited since. */
export async function migrate(sql: Sql): Promise<readonly string[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort()
  await sql`create table if not exists public.passerelle_migration (name text primary key, hash text not null, applied_at timestamptz not null default now())`
  const applied: string[] = []
  for (const name of names) {
    const text = await readFile(new URL(name, folder), 'utf8')
    if (await applyOnce(sql, name, text)) applied.push(name)
  }
  return applied
}

function applyOnce(sql: Sql, name: string, text: string): Promise<boolean> {
  const hash = createHash('sha256').update(text).digest('hex')
  return sql.begin(async (tx) => {
    await tx`select pg_advisory_xact_lock(${lock})`
    const [known] = await tx<{ hash: string }[]>`select hash from public.passerelle_migration where name = ${name}`
    if (known !== undefined && known.hash !== hash)
      throw new GatewayError('config', `migration ${name} was edited after it was applied`, {
        hint: 'add a new migration instead',
      })
    if (known !== undefined) return false
    await tx.unsafe(text)
    await tx`insert into public.passerelle_migration ${tx({ name, hash })}`
    return true
  })
}
