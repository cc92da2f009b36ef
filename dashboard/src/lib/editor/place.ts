/**
 * Where in a rule set's YAML the cursor stands, read from indentation: while somebody types, the document is broken most of the time,
 * and a syntax tree of it says little.
 */

export interface Place {
  /** Keys from the outermost; `*` for an item of a list. */
  readonly path: readonly string[]
  /** A key is being written, beside which other entries may stand, or the value of the path's last key. */
  readonly kind: 'key' | 'value'
}

interface Line {
  readonly indent: number
  /** How many `- ` it begins with. */
  readonly items: number
  readonly key: string | null
  readonly rest: string
}

const blank = /^\s*(#.*)?$/

function toLine(text: string): Line {
  const [lead = ''] = /^[\s]*(?:- +)*/.exec(text) ?? []
  const body = text.slice(lead.length)
  const pair = /^(?:"([^"]*)"|'([^']*)'|([^\s#{["'][^#{[]*?))\s*:(?:\s+(.*))?$/.exec(body)
  const key = pair === null ? null : (pair[1] ?? pair[2] ?? pair[3] ?? null)
  return { indent: lead.length, items: lead.split('- ').length - 1, key, rest: pair === null ? body : (pair[4] ?? '') }
}

/** `before` is the document up to the cursor. */
export function placeAt(before: string): Place {
  const texts = before.split('\n')
  const last = toLine(texts.at(-1) ?? '')
  const around = ancestors(texts.slice(0, -1), last)
  if (around.open) return { path: around.path, kind: 'value' }
  const path = [...around.path, ...Array.from({ length: last.items }, () => '*')]
  if (last.key === null) return last.rest.startsWith('{') ? inFlow(path, last.rest) : { path, kind: 'key' }
  return inFlow([...path, last.key], last.rest)
}

/** The keys above a line, and whether the line goes on with a value that one of them began. */
function ancestors(above: readonly string[], line: Line): { readonly path: readonly string[]; readonly open: boolean } {
  const path: string[] = []
  // What stands beside an item's first key is as deep as that key, not as its dash.
  let depth = line.indent - line.items * 2
  let items = line.items
  let open = false
  for (const text of above.toReversed()) {
    if (blank.test(text)) continue
    const upper = toLine(text)
    if (items === 0 && upper.items > 0 && upper.indent === depth) {
      path.unshift(...Array.from({ length: upper.items }, () => '*'))
      depth = upper.indent - upper.items * 2
      items = upper.items
      continue
    }
    const dash = upper.indent - upper.items * 2
    if (upper.indent >= depth + (items > 0 && upper.items === 0 ? 1 : 0) || upper.key === null) continue
    if (path.length === 0 && upper.rest !== '' && !upper.rest.startsWith('#')) open = true
    path.unshift(...Array.from({ length: upper.items }, () => '*'), upper.key)
    depth = dash
    items = upper.items
  }
  return { path, open }
}

/** Within `{ value: …, onNull: … }` on one line. */
function inFlow(path: readonly string[], rest: string): Place {
  if (!rest.startsWith('{')) return { path, kind: 'value' }
  let [start, depth, quote] = [1, 0, '']
  for (let at = 1; at < rest.length; at += 1) {
    const sign = rest[at] ?? ''
    if (quote !== '') quote = sign === quote ? '' : quote
    else if (sign === '"' || sign === "'") quote = sign
    else if ('([{'.includes(sign)) depth += 1
    else if (')]}'.includes(sign)) depth -= 1
    else if (sign === ',' && depth === 0) start = at + 1
  }
  const [, key, value] = /^\s*["']?([^\s:"']*)["']?\s*(:.*)?$/s.exec(rest.slice(start)) ?? []
  return value === undefined ? { path, kind: 'key' } : inFlow([...path, key ?? ''], value.slice(1).trimStart())
}

/** Whether the value at this path of a rule set is a JSONata expression. */
export function isExpression(path: readonly string[]): boolean {
  const [part, , entry, , inner] = path
  if (part === 'identity') return path.length === 2
  if (part === 'subject') return path.length === 1
  if (part === 'approvals') return (path.length === 3 && entry === 'when') || path.at(-1) === 'people'
  if (part !== 'targets') return false
  if (path.length === 3) return entry === 'when' || entry === 'memberships'
  if (path.length === 4) return entry === 'correlate' || entry === 'attributes'
  if (path.length === 5) return entry === 'attributes' && inner === 'value'
  return path.length === 6 && entry === 'lifecycle' && path[4] === 'move'
}
