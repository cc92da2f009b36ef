/**
 * Names that rules make up. An account that is found by nothing but such a name says nothing of whose it is: it is a namesake's more often than the
 * identity's own. This finds out, once for a rule set, where `$unique` has a part, where its names stand, and what finds accounts besides.
 */
import { inspectExpression } from './expressions.ts'
import type { RuleSet, TargetRules } from './schema.ts'

export interface InventedNames {
  /** By target, its correlating attributes that say something of the identity, each with the computed attributes whose `$unique` has a part in it. */
  readonly correlating: ReadonlyMap<string, readonly Correlating[]>
  /** By computed attribute that is a name of `$unique` as it is, and by target, the target's attributes that hold it. */
  readonly held: ReadonlyMap<string, ReadonlyMap<string, readonly string[]>>
  /** Computed attributes that `$unique` may have a part in. */
  readonly attributes: ReadonlySet<string>
}

export interface Correlating {
  readonly name: string
  readonly inventions: ReadonlySet<string>
}

const none: InventedNames = { correlating: new Map(), held: new Map(), attributes: new Set() }

/** Targets whose rules take an existing account for the identity's own are left out. */
export function findInventedNames(ruleSet: RuleSet): InventedNames {
  if (!ruleSet.identity.some(({ value }) => value.includes('$unique'))) return none
  const inventions = inventionsIn(ruleSet)
  const skipping = Object.entries(ruleSet.targets).filter(([, rules]) => rules.existing === 'skip')
  const correlating = new Map(skipping.map(([target, rules]) => [target, correlatingOf(rules, inventions)] as const))
  const names = ruleSet.identity.filter(({ value }) => isName(inspectExpression(value).ast)).map(({ name }) => name)
  const held = names.map((name) => {
    const targets = skipping.map(([target, rules]) => [target, holders(rules, name)] as const)
    return [name, new Map(targets.filter(([, holding]) => holding.length > 0))] as const
  })
  const attributes = new Set([...inventions].filter(([, roots]) => roots.size > 0).map(([name]) => name))
  return { correlating, held: new Map(held), attributes }
}

/** Whether nothing but names that were made up for this plan finds an account of the target; a fixed text is true of everybody. */
export function isBlind({ correlating }: InventedNames, target: string, madeUp: ReadonlySet<string>): boolean {
  if (madeUp.size === 0) return false
  return correlating.get(target)?.every(({ inventions }) => !inventions.isDisjointFrom(madeUp)) ?? false
}

/** Correlating attributes that no name of `$unique` can have a part in: who matches them is the identity. */
export function evidenceFor({ correlating }: InventedNames, target: string): readonly string[] {
  return (correlating.get(target) ?? []).filter(({ inventions }) => inventions.size === 0).map(({ name }) => name)
}

/** By computed attribute, those whose `$unique` has a part in it; they stand in the order in which they need each other. */
function inventionsIn({ identity }: RuleSet): ReadonlyMap<string, ReadonlySet<string>> {
  const inventions = new Map<string, ReadonlySet<string>>()
  for (const { name, value } of identity) {
    const { functions, identity: needed } = inspectExpression(value)
    const inherited = needed.flatMap((need) => [...(inventions.get(need.name ?? '') ?? [])])
    inventions.set(name, new Set(functions.has('unique') ? [name, ...inherited] : inherited))
  }
  return inventions
}

function correlatingOf({ correlate }: TargetRules, inventions: ReadonlyMap<string, ReadonlySet<string>>): readonly Correlating[] {
  return Object.entries(correlate).flatMap(([name, expression]) => {
    const { identity, names } = inspectExpression(expression)
    const all = identity.flatMap((need) =>
      need.name === null ? [...inventions.values()].flatMap((roots) => [...roots]) : [...(inventions.get(need.name) ?? [])],
    )
    return names.length === 0 ? [] : [{ name, inventions: new Set(all) }]
  })
}

function holders({ correlate, attributes }: TargetRules, name: string): readonly string[] {
  const isIt = (expression: string) => expression.trim() === `identity.${name}`
  const correlating = Object.entries(correlate).filter(([, expression]) => isIt(expression))
  const written = Object.entries(attributes).filter(([, { value }]) => isIt(value))
  return [...new Set([...correlating, ...written].map(([attribute]) => attribute))]
}

/** What `$unique` gives is what the expression gives: nothing is put before or behind it. */
function isName(ast: unknown): boolean {
  switch (read(ast, 'type')) {
    case 'function':
      return read(read(ast, 'procedure'), 'value') === 'unique'
    case 'condition':
      return isName(read(ast, 'then')) || isName(read(ast, 'else'))
    case 'block': {
      const expressions = read(ast, 'expressions')
      return Array.isArray(expressions) && isName(expressions.at(-1))
    }
    default:
      return false
  }
}

function read(node: unknown, key: string): unknown {
  return typeof node === 'object' && node !== null ? Reflect.get(node, key) : undefined
}
