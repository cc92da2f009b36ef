/** What a sandbox process must hold before it can work on a job: the program and its lookup tables, each sent once. */
import type { LookupTables } from '../lookups/table.ts'
import { mostKeptTables, mostPrograms } from './limits.ts'
import type { Child, Run } from './runs.ts'

export function teach(child: Child, { program, job }: Run): void {
  const { hash, slots, namespaces } = program
  if (learn(child.programs, hash, mostPrograms, (oldest) => child.process.send({ t: 'forget', hash: oldest })))
    child.process.send({ t: 'program', hash, slots: slots.map(({ expression, store }) => ({ expression, store })), namespaces })
  for (const table of Object.values(job.tables ?? {}))
    if (learn(child.tables, table.hash, mostKeptTables, (oldest) => child.process.send({ t: 'forget_table', hash: oldest })))
      child.process.send({ t: 'table', hash: table.hash, rows: [...table.rows], fallback: table.fallback })
}

export function hashesOf(tables: LookupTables): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(tables).map(([name, { hash }]) => [name, hash]))
}

/** Whether it must be sent; what was used least makes room. A job that waits for an answer holds on to its own by itself. */
function learn(known: Set<string>, hash: string, most: number, forget: (oldest: string) => void): boolean {
  if (known.delete(hash)) {
    known.add(hash)
    return false
  }
  for (const oldest of known) {
    if (known.size < most) break
    known.delete(oldest)
    forget(oldest)
  }
  known.add(hash)
  return true
}
