/**
 * Explains a plan: what every value in it was made of. The plan is made anew, with the expressions watched while they run; that it is the plan
 * in question is the hash's to say.
 */
import { GatewayError } from '#core/errors.ts'
import type { Plan } from '#core/plan.ts'
import type { Values } from '#core/values.ts'
import type { RuleEngine, TracedValue, UniqueTrials, VersionedRuleSet } from '../engine.ts'
import { didYouMean } from '../hints.ts'
import { runPhrases } from '../phrases/run.ts'
import type { PlanInput } from '../planner.ts'
import type { RuleSet } from '../schema.ts'
import { toValues, UnfitResult } from '../values.ts'

export interface ValueExplanation {
  /** Such as `identity.login` or `targets.directory.attributes.mail`. */
  readonly path: string
  readonly target: string | null
  readonly attribute: string
  /** Empty where there is none, and of a secret. */
  readonly value: Values
  readonly expression: string
  /** Where the expression stands: `default.yaml:12:11`. */
  readonly at: string | null
  /** What was read, and what it held; secrets by name only. `path` is where it is explained itself. */
  readonly inputs: readonly { readonly name: string; readonly value: unknown; readonly path: string | null }[]
  /** The values of its parts, the outermost first. */
  readonly parts: readonly {
    readonly text: string
    /** Characters of the expression, from 0; `end` is the first behind it. */
    readonly start: number
    readonly end: number
    readonly value: unknown
    readonly branch: 'then' | 'else' | null
  }[]
  readonly tried: readonly { readonly value: string; readonly free: boolean }[]
}

export interface PlanExplanation {
  readonly plan: Plan
  readonly values: readonly ValueExplanation[]
}

/** Names that `$unique` tried before the one it gave: the first of them. */
const mostTried = 50

/**
 * Explains all values of the plan, or the one at the path `only`; nothing when the request did not need it. Reserves nothing.
 * Throws `missing` for a path that the rule set does not have, and what the rules throw.
 */
export async function explainPlan(
  engine: Pick<RuleEngine, 'trace'>,
  ruleSet: VersionedRuleSet,
  input: PlanInput,
  unique: UniqueTrials,
  only?: string,
): Promise<PlanExplanation> {
  if (only !== undefined) requirePath(ruleSet, only)
  const { plan, values } = await engine.trace(ruleSet, input, unique, only)
  return { plan, values: values.map((traced) => toExplanation(ruleSet, traced)) }
}

function requirePath({ positions }: RuleSet, path: string): void {
  if (Object.hasOwn(positions, path)) return
  const hint = didYouMean(path, Object.keys(positions))
  throw new GatewayError('missing', runPhrases.noExplained, hint === undefined ? {} : { hint })
}

function toExplanation(ruleSet: RuleSet, { slot, result, trace, tried }: TracedValue): ValueExplanation {
  const { path, at, expression } = slot
  const computed = new Set(ruleSet.identity.map(({ name }) => `identity.${name}`))
  return {
    path,
    ...placeOf(ruleSet, path),
    value: valuesOf(result),
    expression,
    at,
    inputs: trace.inputs.map(({ name, value }) => ({ name, value, path: computed.has(name) ? name : null })),
    parts: trace.parts.map(({ start, end, value, branch }) => ({
      text: expression.slice(start, end),
      start,
      end,
      value,
      branch,
    })),
    tried: tried.length <= mostTried ? tried : [...tried.slice(0, mostTried - 1), ...tried.slice(-1)],
  }
}

/** An attribute's name may hold dots; a target's does not. */
function placeOf({ approvals }: RuleSet, path: string): Pick<ValueExplanation, 'target' | 'attribute'> {
  const [part, first = '', kind = '', ...rest] = path.split('.')
  if (part === 'targets') return { target: first, attribute: kind === 'attributes' ? rest.join('.') : [kind, ...rest].join('.') }
  if (part !== 'approvals') return { target: null, attribute: first }
  const name = approvals?.[Number(first)]?.name ?? path
  return { target: null, attribute: kind === 'when' ? name : [name, kind, ...rest].join(' ') }
}

/** A secret is carried by its name, and a condition's answer is a value like others. */
function valuesOf(result: unknown): Values {
  try {
    return toValues(result)
  } catch (error) {
    if (error instanceof UnfitResult) return []
    throw error
  }
}
