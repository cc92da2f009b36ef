/** Values that stand in tables beside the rules: codes of sites, groups of departments. JSONata has a `$lookup` of its own, which stays. */
import type { LookupTable } from '../lookups/table.ts'
import { functionPhrases } from '../phrases/functions.ts'
import { FunctionProblem, textListArgument } from './arguments.ts'

/** The tables that an expression may read, by name. */
export type ReadTable = (name: string) => Pick<LookupTable, 'rows' | 'fallback'> | undefined

/**
 * `$lookup("table", key)` → what the table holds for the key, or else the table's fallback; no value where it has none. A list of keys gives the
 * list of what is found. Keys are compared as they are, letter by letter. The table is named by a text that stands in the expression, so that what is
 * missing is known when the rules are saved. `$lookup(object, key)` is JSONata's own: the value of an object's key, of each object of a list.
 *
 * `$lookup("sites", "PAR")` → `"Paris"`; `$lookup("sites", ["PAR", "LYS"])` → `["Paris", "Lyon"]`; `$lookup({"a": 1}, "a")` → `1`; no key → no value. Fails
 * for a table whose name is computed, and when a key is an object or a list in a list.
 */
export function lookup(from: unknown, key: unknown, readTable: ReadTable): unknown {
  if (typeof from !== 'string') return lookupKey(from, key)
  const table = readTable(from)
  if (table === undefined) throw new FunctionProblem(functionPhrases.tableName)
  const found = textListArgument('$lookup', 2, key).flatMap((text) => table.rows.get(text) ?? table.fallback ?? [])
  return found.length > 1 ? found : found[0]
}

/** As JSONata does it, and own keys only. */
function lookupKey(from: unknown, key: unknown): unknown {
  if (Array.isArray(from)) {
    const found = from.flatMap((item: unknown) => lookupKey(item, key) ?? [])
    return found.length > 1 ? found : found[0]
  }
  if (typeof from !== 'object' || from === null || typeof key !== 'string' || !Object.hasOwn(from, key)) return undefined
  return Reflect.get(from, key)
}
