/**
 * Words for what goes wrong inside an expression. JSONata's own messages quote the data; ours say what was expected and where, and
 * nothing of what an attribute holds.
 */
import { UnfitResult } from '../values.ts'
import { FunctionProblem } from '../functions/arguments.ts'
import { ResultProblem } from './limits.ts'

export interface Failure {
  readonly code: 'rule_failed' | 'rule_timeout'
  readonly message: string
  /** The character of the expression, from 1; null when unknown. */
  readonly offset: number | null
}

/** Messages by JSONata's code; `{token}` is the operator or function, which the rule's author wrote. */
const messages: Readonly<Record<string, string>> = {
  D1001: 'a number is out of range',
  D1002: '"-" needs a number',
  T1003: 'the key of an object is not a text',
  D1004: 'the regular expression matches the empty text',
  T1005: '{token} is not a function; a function’s name begins with $',
  T1006: '{token} is not a function',
  T1007: '{token} is not a function; a function’s name begins with $',
  T1008: '{token} is not a function',
  D1009: 'two keys of an object are the same',
  D1011: 'the functions call each other too deeply; is there a recursion without end?',
  D1013: 'a key beginning with _jsonata_ is reserved',
  T2001: 'the left side of {token} is not a number',
  T2002: 'the right side of {token} is not a number',
  T2003: 'the left side of .. is not a whole number',
  T2004: 'the right side of .. is not a whole number',
  T2006: 'the right side of ~> is not a function',
  T2009: 'the two sides of {token} are not of the same kind',
  T2010: 'the sides of {token} are neither numbers nor texts',
  D2014: 'the range is too long',
  D2015: 'a list is too long',
  T0410: 'an argument of ${token} is of the wrong kind',
  T0411: 'what ${token} is applied to is of the wrong kind',
  T0412: 'an argument of ${token} must be a list of one kind',
  D3010: 'the second argument of $replace is empty',
  D3030: 'the value cannot be read as a number',
  D3110: 'the value is not an ISO 8601 time',
  D3138: '$single found more than one match',
  D3139: '$single found no match',
}

/** JSONata throws plain objects with `code`, `position` and `token`; functions throw FunctionProblem; V8 throws RangeError. */
export function toFailure(thrown: unknown, literals: ReadonlySet<string>): Failure {
  const code: unknown = read(thrown, 'code')
  const position: unknown = read(thrown, 'position')
  const offset = typeof position === 'number' ? position : null
  if (code === 'D1012')
    return { code: 'rule_timeout', message: 'the expression took too long; is there a loop without end?', offset }
  if (thrown instanceof FunctionProblem || thrown instanceof ResultProblem || thrown instanceof UnfitResult) {
    return { code: 'rule_failed', message: thrown.message, offset }
  }
  if (code === 'D3137' || code === 'D3141') return { code: 'rule_failed', message: ownMessage(thrown, literals), offset }
  if (typeof code === 'string' && /^[A-Z]\d{4}$/.test(code))
    return { code: 'rule_failed', message: jsonataMessage(code, read(thrown, 'token')), offset }
  if (thrown instanceof RangeError)
    return { code: 'rule_failed', message: 'the expression makes a text that is too long or recurs too deeply', offset }
  return { code: 'rule_failed', message: 'the expression cannot be evaluated', offset }
}

function jsonataMessage(code: string, token: unknown): string {
  const name = typeof token === 'string' || typeof token === 'number' ? String(token).slice(0, 80) : 'the expression'
  const template = messages[code]
  return template === undefined ? `JSONata reports ${code} at ${name}` : template.replace('{token}', name)
}

/** `$error("…")` may say what the rule's author wrote; a message that was computed may quote data. */
function ownMessage(thrown: unknown, literals: ReadonlySet<string>): string {
  const message: unknown = read(thrown, 'message')
  return typeof message === 'string' && literals.has(message)
    ? message.slice(0, 300)
    : 'the rule refuses this identity by $error or $assert'
}

function read(thrown: unknown, key: string): unknown {
  return typeof thrown === 'object' && thrown !== null ? Reflect.get(thrown, key) : undefined
}
