/**
 * What is wrong with a rule-set document, all of it at once: people mend a file in one go, and an editor underlines every
 * place.
 */
import { GatewayError } from '#core/errors.ts'

/**
 * syntax: not YAML or JSON; schema: a value of the wrong kind; unknown_key: an entry nobody reads; expression: not JSONata;
 * forbidden: a JSONata function that rules may not use; reference: an attribute that does not exist; cycle: computed
 * attributes that need each other.
 */
export type RuleProblemKind = 'syntax' | 'schema' | 'unknown_key' | 'expression' | 'forbidden' | 'reference' | 'cycle'

export interface RuleProblem {
  readonly kind: RuleProblemKind
  /** `file:line:column`, both from 1. */
  readonly at: string
  readonly line: number
  readonly column: number
  /** Such as `targets.directory.attributes.mail`; empty for the document itself. */
  readonly path: string
  /** `identity`, or the target's name; null when the problem is in neither. */
  readonly rule: string | null
  readonly attribute: string | null
  readonly message: string
  readonly hint?: string
}

/** Thrown by `parseRuleSet`; `problems` is never empty and is sorted by place. */
export class RuleSetError extends GatewayError {
  readonly problems: readonly RuleProblem[]

  constructor(problems: readonly RuleProblem[]) {
    const first = problems[0]
    super('unprocessable', problems.map(toLine).join('\n'), {
      ...(first === undefined ? {} : { at: first.at }),
      ...(first?.hint === undefined ? {} : { hint: first.hint }),
    })
    this.problems = problems
  }
}

function toLine(problem: RuleProblem): string {
  const place = problem.path === '' ? problem.at : `${problem.at} ${problem.path}`
  return `${place}: ${problem.message}${problem.hint === undefined ? '' : ` (${problem.hint})`}`
}

export function isRuleSetError(error: unknown): error is RuleSetError {
  return error instanceof RuleSetError
}
