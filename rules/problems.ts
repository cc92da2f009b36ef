/**
 * What is wrong with a rule-set document, all of it at once: people mend a file in one go, and an editor underlines every
 * place.
 */
import { GatewayError } from '#core/errors.ts'
import type { Phrase } from '#core/phrase.ts'
import { documentPhrases } from './phrases/document.ts'

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
  /** In English: a library's own words, where they say more than ours. */
  readonly message: string
  readonly hint?: string
  /** What is wrong and what to do, in both languages. */
  readonly phrase: Phrase
  readonly advice?: Phrase
}

/** What is told of a problem, wherever it stands. */
export interface Told {
  readonly phrase: Phrase
  readonly advice?: Phrase | undefined
  /** What a library said, where that is more. */
  readonly original?: string | undefined
}

export function toWords({ phrase, advice, original }: Told): Pick<RuleProblem, 'message' | 'hint' | 'phrase' | 'advice'> {
  return { message: original ?? phrase.en, phrase, ...(advice === undefined ? {} : { hint: advice.en, advice }) }
}

/** Thrown by `parseRuleSet`; `problems` is never empty and is sorted by place. */
export class RuleSetError extends GatewayError {
  readonly problems: readonly RuleProblem[]

  constructor(problems: readonly RuleProblem[]) {
    const first = problems[0]
    super('unprocessable', toText(problems), {
      ...(first === undefined ? {} : { at: first.at }),
      ...(first?.advice === undefined ? {} : { hint: first.advice }),
    })
    this.problems = problems
  }
}

/** All of them, a line each. */
function toText(problems: readonly RuleProblem[]): Phrase {
  const lines = problems.map(({ at, path, message, phrase, advice }) => {
    const place = path === '' ? at : `${at} ${path}`
    const [thenEn, thenFr] = advice === undefined ? ['', ''] : [` (${advice.en})`, ` (${advice.fr})`]
    return { en: `${place}: ${message}${thenEn}`, fr: `${place} : ${phrase.fr}${thenFr}` }
  })
  const { code, parameters } = documentPhrases.problems({ count: String(problems.length) })
  return { code, parameters, en: lines.map(({ en }) => en).join('\n'), fr: lines.map(({ fr }) => fr).join('\n') }
}

export function isRuleSetError(error: unknown): error is RuleSetError {
  return error instanceof RuleSetError
}
