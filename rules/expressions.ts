/**
 * Reads a JSONata expression without running it: is it JSONata, which functions does it call, which computed attributes does
 * it need. Used when a rule set is parsed, and again in the sandbox, which trusts nobody.
 */
import jsonata from 'jsonata'
import { findPhrase, type Phrase } from '#core/phrase.ts'
import { builtinNames, refusedNames } from './functions/names.ts'
import { didYouMean } from './hints.ts'
import { expressionPhrases } from './phrases/expression.ts'
import { jsonataPhrases } from './phrases/jsonata.ts'
import { rootNames } from './root-names.ts'
import { compileRegex } from './sandbox/regex.ts'

export interface ExpressionProblem {
  readonly kind: 'expression' | 'forbidden' | 'reference'
  /** Characters from the beginning of the expression, from 0. */
  readonly offset: number
  readonly phrase: Phrase
  readonly advice?: Phrase
  /** What a library said of it, where that is more. */
  readonly original?: string
}

export interface Inspection {
  readonly problems: readonly ExpressionProblem[]
  /** Names read as `identity.<name>`, with their offsets; `null` where `identity` is used as a whole. */
  readonly identity: readonly { readonly name: string | null; readonly offset: number }[]
  /** Attributes of the identity that are read by name, with their offsets; `identity`, `request` and `plan` among them. */
  readonly names: readonly { readonly name: string; readonly offset: number }[]
  /** Lookup tables that are read, with the offsets of their names. */
  readonly tables: readonly { readonly name: string; readonly offset: number }[]
  /** Functions called or mentioned, such as `unique`. */
  readonly functions: ReadonlySet<string>
  /** Texts that stand in the expression itself; only these may be quoted in an error. */
  readonly literals: ReadonlySet<string>
  /** The syntax tree as JSONata made it; undefined when it could not. */
  readonly ast: unknown
}

/** Never throws: what is wrong stands in `problems`. */
export function inspectExpression(source: string): Inspection {
  const findings: Findings = { problems: [], identity: [], variables: [], tables: [], bound: new Set(), literals: new Set() }
  let ast: unknown
  try {
    ast = jsonata(source).ast()
    collect(ast, findings, new Set())
  } catch (error) {
    findings.problems.push(toSyntaxProblem(error, source))
  }
  const functions = new Set<string>()
  for (const { name, offset } of findings.variables) {
    functions.add(name)
    const problem = checkVariable(name, offset, findings.bound)
    if (problem !== null) findings.problems.push(problem)
  }
  const { problems, identity, tables, literals } = findings
  return { problems, identity, names: rootNames(ast), tables, functions, literals, ast }
}

/** The lookup tables that an expression reads. */
export function tablesIn(source: string): readonly string[] {
  return source.includes('$lookup') ? inspectExpression(source).tables.map(({ name }) => name) : []
}

interface Findings {
  readonly problems: ExpressionProblem[]
  readonly identity: { name: string | null; offset: number }[]
  readonly variables: { name: string; offset: number }[]
  readonly tables: { name: string; offset: number }[]
  readonly bound: Set<string>
  readonly literals: Set<string>
}

function collect(node: unknown, findings: Findings, seen: Set<object>): void {
  if (typeof node !== 'object' || node === null || node instanceof RegExp || seen.has(node)) return
  seen.add(node)
  if (Array.isArray(node)) {
    for (const item of node) collect(item, findings, seen)
    return
  }
  collectNode(node, findings)
  for (const child of Object.values(node)) collect(child, findings, seen)
}

function collectNode(node: object, findings: Findings): void {
  const { type, value, focus, index } = toNode(node)
  if (typeof focus === 'string') findings.bound.add(focus)
  if (typeof index === 'string') findings.bound.add(index)
  if (type === 'string' && typeof value === 'string') findings.literals.add(value)
  if (type === 'bind') findings.bound.add(String(toNode(Reflect.get(node, 'lhs')).value))
  if (type === 'index' && typeof value === 'string') findings.bound.add(value)
  if (type === 'lambda')
    for (const parameter of toList(Reflect.get(node, 'arguments'))) findings.bound.add(String(toNode(parameter).value))
  if (type === 'variable') findings.variables.push({ name: String(value), offset: startOf(node) })
  if (type === 'regex' && value instanceof RegExp) collectRegex(value, startOf(node), findings)
  if (type === 'function' && toNode(Reflect.get(node, 'procedure')).value === 'lookup') collectTable(node, findings)
  if (type === 'path') collectIdentity(toList(Reflect.get(node, 'steps')), findings)
}

/** `identity.x`, `$.identity.x` and `$$.identity.x`; a field called `identity` deeper in a path is somebody else's. */
function collectIdentity(steps: readonly unknown[], findings: Findings): void {
  const first = toNode(steps[0])
  const root = first.type === 'variable' && (first.value === '' || first.value === '$') ? 1 : 0
  const head = toNode(steps[root])
  if (head.type !== 'name' || head.value !== 'identity') return
  const next = toNode(steps[root + 1])
  const named = next.type === 'name' && typeof next.value === 'string'
  findings.identity.push({ name: named ? String(next.value) : null, offset: startOf(named ? steps[root + 1] : steps[root]) })
}

/** `$lookup('sites', …)`: the table is named by a text that stands there; anything else is JSONata's own `$lookup(object, key)`. */
function collectTable(call: object, findings: Findings): void {
  const [first] = toList(Reflect.get(call, 'arguments'))
  const { type, value, position } = toNode(first)
  if (type !== 'string' || typeof value !== 'string') return
  const end = typeof position === 'number' ? position : 0
  findings.tables.push({ name: value, offset: Math.max(0, end - value.length - 1) })
}

function collectRegex(pattern: RegExp, offset: number, findings: Findings): void {
  try {
    compileRegex(pattern)
  } catch (error) {
    const original = error instanceof Error ? { original: error.message } : {}
    const [phrase, advice] = [expressionPhrases.regex, expressionPhrases.regexRules]
    findings.problems.push({ kind: 'expression', offset, phrase, advice, ...original })
  }
}

function checkVariable(name: string, offset: number, bound: ReadonlySet<string>): ExpressionProblem | null {
  if (name === '' || name === '$' || bound.has(name)) return null
  const refusal = refusedNames.get(name)
  if (refusal !== undefined) return { kind: 'forbidden', offset, phrase: refusal }
  if (builtinNames.has(name)) return null
  const advice = didYouMean(name, builtinNames, (match) => `$${match}`)
  return {
    kind: 'reference',
    offset,
    phrase: expressionPhrases.noFunction({ name }),
    ...(advice === undefined ? {} : { advice }),
  }
}

function toSyntaxProblem(error: unknown, source: string): ExpressionProblem {
  const { position, token, ...told } = toFailure(error)
  // JSONata reports where it stood after reading the token; people look for where the token begins.
  const begin = position - token.length
  const offset = token !== '' && source.slice(begin, position) === token ? begin : Math.min(position, source.length)
  const isText = /^[\p{L}\p{N} .,@_-]+$/u.test(source)
  const advice = isText ? { advice: expressionPhrases.fixedText({ text: source }) } : {}
  return { kind: 'expression', offset, ...told, ...advice }
}

/** JSONata throws plain objects; an invalid regular expression throws JavaScript's SyntaxError. */
function toFailure(error: unknown): Pick<ExpressionProblem, 'phrase' | 'original'> & { position: number; token: string } {
  const thrown = typeof error === 'object' && error !== null ? error : {}
  const position: unknown = Reflect.get(thrown, 'position')
  const token: unknown = Reflect.get(thrown, 'token')
  return {
    position: typeof position === 'number' ? position : 0,
    token: typeof token === 'string' || typeof token === 'number' ? String(token) : '',
    ...toTold(thrown),
  }
}

function startOf(node: unknown): number {
  const { position, value } = toNode(node)
  // A variable's node has lost its $, a regular expression's has gained a flag g.
  const difference = value instanceof RegExp ? -1 : toNode(node).type === 'variable' ? 1 : 0
  return typeof position === 'number' ? Math.max(0, position - String(value).length - difference) : 0
}

interface AstNode {
  readonly type: unknown
  readonly value: unknown
  readonly position: unknown
  readonly focus: unknown
  readonly index: unknown
}

function toNode(node: unknown): AstNode {
  const object = typeof node === 'object' && node !== null ? node : {}
  return {
    type: Reflect.get(object, 'type'),
    value: Reflect.get(object, 'value'),
    position: Reflect.get(object, 'position'),
    focus: Reflect.get(object, 'focus'),
    index: Reflect.get(object, 'index'),
  }
}

function toList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

function toTold(thrown: object): Pick<ExpressionProblem, 'phrase' | 'original'> {
  if (thrown instanceof RangeError) return { phrase: expressionPhrases.deep }
  const [code, message]: unknown[] = [Reflect.get(thrown, 'code'), Reflect.get(thrown, 'message')]
  const inJson = (name: string) => String(JSON.stringify(Reflect.get(thrown, name)))
  const known = findPhrase({ jsonata: jsonataPhrases }, `jsonata.${String(code)}`, {
    token: inJson('token'),
    value: inJson('value'),
  })
  if (known !== null) return { phrase: known }
  const original = typeof message === 'string' ? { original: `not a JSONata expression: ${message}` } : {}
  return { phrase: expressionPhrases.unreadable, ...original }
}
