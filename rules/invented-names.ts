/**
 * Names that rules make up. An account that is found by nothing but such a name says nothing of whose it is: it is a namesake's more often than the
 * identity's own. This finds out, once for a rule set, where made-up names stand and which targets know accounts by nothing else.
 */
import { inspectExpression } from './expressions.ts'
import type { RuleSet, TargetRules } from './schema.ts'

export interface InventedNames {
  /** Computed attributes that `$unique` has a part in. */
  readonly attributes: ReadonlySet<string>
  /** Targets whose accounts nothing but a made-up name finds, and whose rules do not say that such accounts are the identity's own. */
  readonly blind: ReadonlySet<string>
  /** By computed attribute and target, the target's attributes that hold it as it is; where accounts that are there already count as strangers'. */
  readonly held: ReadonlyMap<string, ReadonlyMap<string, readonly string[]>>
  /** By target, those of its correlating attributes that no made-up name has a part in: who matches them is the identity. */
  readonly evidence: ReadonlyMap<string, readonly string[]>
}

const none: InventedNames = { attributes: new Set(), blind: new Set(), held: new Map(), evidence: new Map() }

export function findInventedNames(ruleSet: RuleSet): InventedNames {
  if (!ruleSet.identity.some(({ value }) => value.includes('$unique'))) return none
  const attributes = inventedAttributes(ruleSet)
  const skipping = Object.entries(ruleSet.targets).filter(([, rules]) => rules.existing === 'skip')
  const evidence = new Map(skipping.map(([target, rules]) => [target, evidenceIn(rules, attributes)] as const))
  const holding = [...attributes].map((name) => {
    const targets = skipping.map(([target, rules]) => [target, holders(rules, name)] as const)
    return [name, new Map(targets.filter(([, names]) => names.length > 0))] as const
  })
  const blind = new Set([...evidence].filter(([, names]) => names.length === 0).map(([target]) => target))
  return { attributes, blind, held: new Map(holding), evidence }
}

/** The computed attributes stand in the order in which they need each other. */
function inventedAttributes({ identity }: RuleSet): ReadonlySet<string> {
  const invented = new Set<string>()
  for (const { name, value } of identity) {
    const { functions, identity: needed } = inspectExpression(value)
    if (functions.has('unique') || needed.some((need) => need.name !== null && invented.has(need.name))) invented.add(name)
  }
  return invented
}

function evidenceIn({ correlate }: TargetRules, invented: ReadonlySet<string>): readonly string[] {
  return Object.entries(correlate)
    .filter(([, expression]) => {
      const { identity, names } = inspectExpression(expression)
      // A fixed text is true of everybody.
      return names.length > 0 && identity.every(({ name }) => name !== null && !invented.has(name))
    })
    .map(([name]) => name)
}

function holders({ correlate, attributes }: TargetRules, name: string): readonly string[] {
  const isIt = (expression: string) => expression.trim() === `identity.${name}`
  const correlating = Object.entries(correlate).filter(([, expression]) => isIt(expression))
  const written = Object.entries(attributes).filter(([, { value }]) => isIt(value))
  return [...new Set([...correlating, ...written].map(([attribute]) => attribute))]
}
