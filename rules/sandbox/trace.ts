/**
 * What an expression did on its way to its value. The expression is run by JSONata itself, which tells of every node that it leaves; so what is
 * explained is what happened, never what a second evaluator thinks.
 */
import { secretName } from '../values.ts'
import { spansOf } from './spans.ts'

export interface TracedPart {
  readonly start: number
  readonly end: number
  /** Plain JSON, shortened; null for no value. */
  readonly value: unknown
  /** Of a condition: which way it went. */
  readonly branch: 'then' | 'else' | null
}

export interface Trace {
  readonly slot: number
  /** What was read of the identity (`title`, `identity.login`, `request.kind`), in the order of the first reading. */
  readonly inputs: readonly { readonly name: string; readonly value: unknown }[]
  /** The outermost first, then from left to right. */
  readonly parts: readonly TracedPart[]
}

/** Under this name JSONata looks for a function to call whenever it leaves a node. */
export const exitHook = Symbol.for('jsonata.__evaluate_exit')
export type ExitHook = (node: object, input: unknown, environment: unknown, result: unknown) => void

/** Parts of one expression; a loop over many items tells of the first of them only. */
const mostParts = 200
const mostOccurrences = 5
const mostInputs = 100
/** Items of a list, entries of an object and characters of a text that are shown. */
const mostShown = 20
const longestShown = 300
const deepestShown = 4

/** Characters of values that all the traces of one job may hold together: the answer has to fit into one message. Then parts are left out. */
export interface TraceBudget {
  characters: number
}
export const traceBudget = (): TraceBudget => ({ characters: 1_000_000 })

/** Literals and ranges say themselves, names are told by the path they stand in, and functions have no value to show. */
const untold: ReadonlySet<string> = new Set(['string', 'number', 'value', 'regex', 'name', 'lambda', 'operator'])

export function createTracer(ast: unknown, source: string, root: Readonly<Record<string, unknown>>, budget: TraceBudget) {
  const spans = spansOf(ast, source)
  const conditions = branchesOf(ast)
  const taken = new Map<object, 'then' | 'else'>()
  const occurrences = new Map<object, number>()
  const inputs = new Map<string, unknown>()
  const parts: TracedPart[] = []
  const prefixes = new Map<unknown, string>([[root, '']])
  for (const name of ['identity', 'request', 'plan']) if (isObject(root[name])) prefixes.set(root[name], `${name}.`)

  const read = (node: object, input: unknown, result: unknown) => {
    const prefix = prefixes.get(input)
    if (prefix === undefined || inputs.size >= mostInputs) return
    const name = `${prefix}${String(Reflect.get(node, 'value'))}`
    if (!prefixes.has(result) && !inputs.has(name)) inputs.set(name, budget.characters > 0 ? shown(result, budget) : '…')
  }
  const exit: ExitHook = (node, input, _environment, raw) => {
    const result = unwrapped(node, raw)
    const type = String(Reflect.get(node, 'type'))
    for (const { condition, branch } of conditions.get(node) ?? []) taken.set(condition, branch)
    if (type === 'name') read(node, input, result)
    const span = spans.get(node)
    if (untold.has(type) || Reflect.get(node, 'value') === '..' || span === undefined || isFunction(result)) return
    const times = (occurrences.get(node) ?? 0) + 1
    occurrences.set(node, times)
    const branch = type === 'condition' ? (taken.get(node) ?? 'else') : null
    taken.delete(node)
    if (parts.length >= mostParts || times > mostOccurrences || budget.characters <= 0) return
    parts.push({ ...span, value: shown(result, budget), branch })
  }
  return {
    exit,
    trace(slot: number): Trace {
      // Sorting keeps the order of what stands at the same place: a loop's rounds stay in theirs.
      const sorted = parts.toSorted((left, right) => left.start - right.start || right.end - left.end)
      return { slot, inputs: [...inputs].map(([name, value]) => ({ name, value })), parts: sorted }
    },
  }
}

interface Branch {
  readonly condition: object
  readonly branch: 'then' | 'else'
}

/** By node: the conditions whose way is known when it was evaluated. JSONata may use one node in both places of `a ?: b`. */
function branchesOf(ast: unknown): ReadonlyMap<object, readonly Branch[]> {
  const branches = new Map<object, Branch[]>()
  const seen = new Set<object>()
  const visit = (value: unknown) => {
    if (typeof value !== 'object' || value === null || value instanceof RegExp || seen.has(value)) return
    seen.add(value)
    if (Reflect.get(value, 'type') === 'condition')
      for (const branch of ['then', 'else'] as const) {
        const node: unknown = Reflect.get(value, branch)
        if (typeof node === 'object' && node !== null)
          branches.set(node, [...(branches.get(node) ?? []), { condition: value, branch }])
      }
    for (const child of Object.values(value)) visit(child)
  }
  visit(ast)
  return branches
}

/** JSONata leaves a node with a sequence, and unwraps it afterwards: none is no value, one is itself. */
function unwrapped(node: object, result: unknown): unknown {
  if (!Array.isArray(result) || Reflect.get(result, 'sequence') !== true || Reflect.get(result, 'tupleStream') === true)
    return result
  if (result.length === 0) return undefined
  const isKept = Reflect.get(result, 'keepSingleton') === true || Reflect.get(node, 'keepArray') === true
  return result.length === 1 && !isKept ? (result[0] as unknown) : result
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null
}

function isFunction(value: unknown): boolean {
  if (typeof value === 'function') return true
  return typeof value === 'object' && value !== null && ('_jsonata_lambda' in value || '_jsonata_function' in value)
}

/** A copy in plain JSON of what people can look at. */
function shown(value: unknown, budget: TraceBudget, depth = 0): unknown {
  if (value === undefined || value === null) return null
  budget.characters -= 8
  switch (typeof value) {
    case 'boolean':
      return value
    case 'number':
      return Number.isFinite(value) ? value : null
    case 'string':
      return shownText(value, budget)
    case 'object':
      return shownObject(value, budget, depth)
    default:
      return '(function)'
  }
}

function shownText(text: string, budget: TraceBudget): string {
  const short = text.length > longestShown ? `${text.slice(0, longestShown)}…` : text
  budget.characters -= short.length
  return short.toWellFormed()
}

function shownObject(value: object, budget: TraceBudget, depth: number): unknown {
  if (isFunction(value)) return '(function)'
  const secret = secretName(value)
  if (secret !== null) return { $secret: shownText(secret, budget) }
  if (depth === deepestShown) return '…'
  if (Array.isArray(value)) {
    const items = value.slice(0, mostShown).map((item: unknown) => shown(item, budget, depth + 1))
    return value.length > mostShown ? [...items, '…'] : items
  }
  const keys = Object.keys(value).filter((key) => key !== '__proto__' && key !== 'constructor' && key !== 'prototype')
  const entries = keys
    .slice(0, mostShown)
    .map((key) => [shownText(key, budget), shown(Reflect.get(value, key), budget, depth + 1)] as const)
  return Object.fromEntries(keys.length > mostShown ? [...entries, ['…', '…'] as const] : entries)
}
