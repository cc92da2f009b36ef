/**
 * A rule set as the sandbox runs it: a numbered list of expressions. The sandbox knows nothing of targets and attributes, so the
 * same machine will run previews, tests and approval policies.
 */
import { createHash } from 'node:crypto'
import { canonicalJson } from '#core/canonical-json.ts'
import { tablesIn } from './expressions.ts'
import { findInventedNames, type InventedNames } from './invented-names.ts'
import { movePath } from './lifecycle.ts'
import type { LookupTables } from './lookups/table.ts'
import type { RuleSet } from './schema.ts'

export interface Slot {
  /** For people: `targets.directory.attributes.mail`. */
  readonly path: string
  /** Where it stands in its document; null when unknown. */
  readonly at: string | null
  readonly expression: string
  /** The computed attribute that the result becomes, readable by later expressions as `identity.<name>`; null for none. */
  readonly store: string | null
}

export interface Program {
  /** SHA-256 over all that the sandbox needs; equal programs share what is compiled. */
  readonly hash: string
  readonly slots: readonly Slot[]
  /** The number of the slot that stands at a path. */
  readonly numbers: ReadonlyMap<string, number>
  /** Where `$unique` reserves when the expression does not say. */
  readonly namespaces: readonly string[]
  /** By slot, the lookup tables that its expression reads; slots that read none are absent. */
  readonly tables: ReadonlyMap<number, readonly string[]>
  /** Absent where no name can be made up: the program is of another kind than a rule set. */
  readonly invented?: InventedNames
}

/** Which slots to evaluate, in this order, for one identity. */
export interface Job {
  readonly root: Readonly<Record<string, unknown>>
  readonly slots: readonly number[]
  /**
   * By position in `slots`: the slot whose result must be true, or -1 for none, or `unless(slot)` for one whose result must not be. A guarded slot
   * that is not evaluated answers null.
   */
  readonly guards: readonly number[]
  /** The lookup tables that its expressions read; absent: none. */
  readonly tables?: LookupTables
  /** Computed attributes for which `$unique` was asked; absent: none. */
  readonly madeUp?: ReadonlySet<string>
}

/** Computed attributes first, in their order; then, target by target, everything there is to ask. */
export function toProgram(ruleSet: RuleSet): Program {
  const slots: Slot[] = []
  const add = (path: string, expression: string, store: string | null = null) =>
    slots.push({ path, at: ruleSet.positions[path] ?? null, expression, store })
  for (const { name, value } of ruleSet.identity) add(`identity.${name}`, value, name)
  for (const [target, rules] of Object.entries(ruleSet.targets)) {
    if (rules.when !== null) add(whenPath(target), rules.when)
    for (const [name, value] of Object.entries(rules.correlate)) add(correlatePath(target, name), value)
    for (const [name, rule] of Object.entries(rules.attributes)) add(attributePath(target, name), rule.value)
    if (rules.memberships !== null) add(membershipsPath(target), rules.memberships)
    for (const [name, value] of Object.entries(rules.lifecycle?.move ?? {})) add(movePath(target, name), value)
  }
  return { ...createProgram(slots, Object.keys(ruleSet.targets).toSorted()), invented: findInventedNames(ruleSet) }
}

/** The lookup tables that a rule set reads, in its expressions and in its approvals. */
export function tablesOf(ruleSet: RuleSet): readonly string[] {
  const expressions = [
    ...toProgram(ruleSet).slots.map(({ expression }) => expression),
    ...(ruleSet.approvals ?? []).map(({ when }) => when),
  ]
  return [...new Set(expressions.flatMap(tablesIn))].toSorted()
}

/** Makes a program of any list of expressions. */
export function createProgram(slots: readonly Slot[], namespaces: readonly string[]): Program {
  const numbers = new Map(slots.map(({ path }, number) => [path, number]))
  const essence = { slots: slots.map(({ expression, store }) => [expression, store]), namespaces }
  const hash = createHash('sha256').update(canonicalJson(essence)).digest('hex')
  const tables = new Map(slots.map(({ expression }, number) => [number, tablesIn(expression)] as const))
  for (const [number, names] of tables) if (names.length === 0) tables.delete(number)
  return { hash, slots, numbers, namespaces, tables }
}

/** The guard that lets a slot be evaluated where `slot` is not true. */
export function unless(slot: number): number {
  return -2 - slot
}

export function whenPath(target: string): string {
  return `targets.${target}.when`
}

export function correlatePath(target: string, attribute: string): string {
  return `targets.${target}.correlate.${attribute}`
}

export function attributePath(target: string, attribute: string): string {
  return `targets.${target}.attributes.${attribute}`
}

export function membershipsPath(target: string): string {
  return `targets.${target}.memberships`
}
