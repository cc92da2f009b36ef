/**
 * Which characters of an expression each node of its syntax tree stands for. JSONata keeps where a token ends and forgets the rest, and people
 * who look at the value of a part want to see the part.
 */

export interface Span {
  /** Characters of the expression, from 0. */
  readonly start: number
  /** The first character behind it. */
  readonly end: number
}

type Node = Readonly<Record<string, unknown>>

/** By node of the tree, as JSONata made it; nodes that JSONata invented have no text and are absent. */
export function spansOf(ast: unknown, source: string): ReadonlyMap<object, Span> {
  const spans = new Map<object, Span>()
  const tokens = readTokens(source, regexesIn(ast))
  const visit = (value: unknown): Span | null => {
    if (typeof value !== 'object' || value === null || value instanceof RegExp) return null
    const known = spans.get(value)
    if (known !== undefined) return known
    const inner = Object.values(value).map(visit)
    const node = value as Node
    // What stands behind the parts a condition repeats (`a ?: b` holds `a` twice) is the same text.
    const span = union([...inner, Array.isArray(value) ? null : ownSpan(node, tokens, source)])
    if (span === null) return null
    const whole = { ...span, end: span.end + lengthBehind(node, source.slice(span.end)) }
    if (!Array.isArray(value)) spans.set(value, whole)
    return whole
  }
  visit(ast)
  return spans
}

function union(spans: readonly (Span | null)[]): Span | null {
  const there = spans.filter((span) => span !== null)
  if (there.length === 0) return null
  return { start: Math.min(...there.map(({ start }) => start)), end: Math.max(...there.map(({ end }) => end)) }
}

/** The node's own token and, where it opens a bracket, everything up to the bracket that closes it. */
function ownSpan(node: Node, { closing, starts }: Tokens, source: string): Span | null {
  const { position, type } = node
  if (typeof position !== 'number') return null
  const open = type === 'sort' ? source.indexOf('(', position) : position - 1
  const close = closing.get(open)
  if (close === undefined) return { start: starts.get(position) ?? position - lengthOf(node, source), end: position }
  if (type !== 'lambda') return { start: position - 1, end: close + 1 }
  const keyword = /(?:function|λ)\s*$/.exec(source.slice(0, open))?.[0].length ?? 0
  return { start: open - keyword, end: (closing.get(source.indexOf('{', close)) ?? close) + 1 }
}

/** Of a name, number, variable or operator: its characters. */
function lengthOf({ type, value, position }: Node, source: string): number {
  if (type === 'variable') return String(value).length + 1
  // `-2` is one number to JSONata, which remembers where its 2 ends.
  if (type === 'number') return /(?:-\s*)?[\d.]+(?:[eE][+-]?\d+)?$/.exec(source.slice(0, Number(position)))?.[0].length ?? 1
  return typeof value === 'string' || type === 'value' ? String(value).length : 1
}

/** What ends a node without being a part of it: the brackets of `phones[]`, the bar of a transformation. */
function lengthBehind({ type, keepSingletonArray }: Node, behind: string): number {
  if (keepSingletonArray === true) return /^\s*\[\s*\]/.exec(behind)?.[0].length ?? 0
  return type === 'transform' ? (/^\s*\|/.exec(behind)?.[0].length ?? 0) : 0
}

interface Tokens {
  /** From an opening bracket to the one that closes it. */
  readonly closing: ReadonlyMap<number, number>
  /** From the end of a text, a quoted name or a regular expression to its beginning. */
  readonly starts: ReadonlyMap<number, number>
}

const opening = '([{'
const quotes = '"\'`'

/** Brackets inside of texts, quoted names, comments and regular expressions are none. */
function readTokens(source: string, regexes: Regexes): Tokens {
  const closing = new Map<number, number>()
  const starts = new Map<number, number>()
  const open: number[] = []
  for (let index = 0; index < source.length; index++) {
    const character = source.charAt(index)
    const end = endOfOpaque(source, index, regexes)
    if (end !== null) {
      starts.set(end, index)
      index = end - 1
    } else if (opening.includes(character)) open.push(index)
    else if (')]}'.includes(character)) {
      const from = open.pop()
      if (from !== undefined) closing.set(from, index)
    }
  }
  return { closing, starts }
}

/** The first character behind the text, name, comment or regular expression that begins here; null when none does. */
function endOfOpaque(source: string, index: number, regexes: Regexes): number | null {
  const character = source.charAt(index)
  if (source.startsWith('/*', index)) {
    const end = source.indexOf('*/', index + 2)
    return end < 0 ? source.length : end + 2
  }
  if (character === '/') return endOfRegex(source, index, regexes)
  if (!quotes.includes(character)) return null
  for (let at = index + 1; at < source.length; at++) {
    if (source.charAt(at) === '\\' && character !== '`') at++
    else if (source.charAt(at) === character) return at + 1
  }
  return source.length
}

/** A slash may stand within brackets, and what looks like an expression may be two divisions: the tree knows which it is. */
function endOfRegex(source: string, index: number, regexes: Regexes): number | null {
  for (let at = source.indexOf('/', index + 1); at > 0; at = source.indexOf('/', at + 1)) {
    const end = at + 1 + (/^[a-z]*/.exec(source.slice(at + 1))?.[0].length ?? 0)
    if (regexes.get(end) !== undefined && regexes.get(end) === normalForm(source.slice(index + 1, at))) return end
  }
  return null
}

/** From where a regular expression ends to its pattern, as JavaScript writes it. */
type Regexes = ReadonlyMap<number, string>

function normalForm(pattern: string): string | null {
  try {
    return new RegExp(pattern).source
  } catch {
    // It began as a division.
    return null
  }
}

function regexesIn(value: unknown, found = new Map<number, string>()): Regexes {
  if (typeof value !== 'object' || value === null || value instanceof RegExp) return found
  const { position, value: pattern } = value as Node
  if (pattern instanceof RegExp && typeof position === 'number') found.set(position, pattern.source)
  for (const child of Object.values(value)) regexesIn(child, found)
  return found
}
