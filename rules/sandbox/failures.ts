/**
 * Words for what goes wrong inside an expression. JSONata's own messages quote the data; ours say what was expected and where, and
 * nothing of what an attribute holds.
 */
import { findPhrase, type Phrase, type PhraseParameters } from '#core/phrase.ts'
import { expressionPhrases } from '../phrases/expression.ts'
import { rulePhrases } from '../phrases/index.ts'
import { jsonataPhrases } from '../phrases/jsonata.ts'
import { Refusal } from '../phrases/refusal.ts'

export interface Failure {
  readonly code: 'rule_failed' | 'rule_timeout'
  readonly phrase: Phrase
  /** The character of the expression, from 1; null when unknown. */
  readonly offset: number | null
}

/** JSONata throws plain objects with `code`, `position` and `token`; functions throw a Refusal; V8 throws RangeError. */
export function toFailure(thrown: unknown, literals: ReadonlySet<string>): Failure {
  const code: unknown = read(thrown, 'code')
  const position: unknown = read(thrown, 'position')
  const offset = typeof position === 'number' ? position : null
  if (code === 'D1012') return { code: 'rule_timeout', phrase: expressionPhrases.timeout, offset }
  return { code: 'rule_failed', phrase: toPhrase(thrown, code, literals), offset }
}

function toPhrase(thrown: unknown, code: unknown, literals: ReadonlySet<string>): Phrase {
  if (thrown instanceof Refusal) return thrown.phrase
  if (code === 'D3137' || code === 'D3141') return ownPhrase(thrown, literals)
  if (typeof code === 'string' && /^[A-Z]\d{4}$/.test(code)) return jsonataPhrase(code, read(thrown, 'token'))
  return thrown instanceof RangeError ? expressionPhrases.longText : expressionPhrases.failed
}

function jsonataPhrase(code: string, token: unknown): Phrase {
  const name = typeof token === 'string' || typeof token === 'number' ? String(token).slice(0, 80) : 'the expression'
  return (
    findPhrase({ jsonata: jsonataPhrases }, `jsonata.${code}`, { token: name }) ??
    expressionPhrases.reported({ code, token: name })
  )
}

/** `$error("…")` may say what the rule's author wrote; a message that was computed may quote data. */
function ownPhrase(thrown: unknown, literals: ReadonlySet<string>): Phrase {
  const message: unknown = read(thrown, 'message')
  return typeof message === 'string' && literals.has(message)
    ? expressionPhrases.said({ text: message.slice(0, longestParameter) })
    : expressionPhrases.refused
}

function read(thrown: unknown, key: string): unknown {
  return typeof thrown === 'object' && thrown !== null ? Reflect.get(thrown, key) : undefined
}

/** Characters of one thing in a sentence. */
export const longestParameter = 300
/** Things in one sentence. */
export const mostParameters = 10

/** A sentence as a sandbox process tells it: by its code, so that it can say nothing else. */
export interface ToldPhrase {
  readonly code: string
  readonly parameters: PhraseParameters
}

export function toTold({ code, parameters }: Phrase): ToldPhrase {
  const cut = Object.entries(parameters).map(([name, value]) => [name, value.slice(0, longestParameter)] as const)
  return { code, parameters: Object.fromEntries(cut) }
}

/** The sentence that a process told. */
export function fromTold({ code, parameters }: ToldPhrase): Phrase {
  return findPhrase(rulePhrases, code, parameters) ?? expressionPhrases.failed
}
