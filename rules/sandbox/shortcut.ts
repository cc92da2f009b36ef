/**
 * Most expressions of a rule set are the name of an attribute. JSONata takes some ten microseconds and several promises to find
 * one; this answers at once, and only where the answer is the same (a differential test holds it to JSONata).
 */

/** What a shortcut answers when the data is of a shape it does not know: then JSONata must be asked. */
export const askJsonata: unique symbol = Symbol('ask JSONata')

/** Answers as JSONata's evaluate would, without being asynchronous; or `askJsonata`. */
export type Shortcut = (root: Readonly<Record<string, unknown>>) => unknown

/** A shortcut for plain paths (`mail`, `identity.login`), and for texts, numbers, booleans and null; null for everything else. */
export function toShortcut(ast: unknown): Shortcut | null {
  const node = toPlainNode(ast)
  if (node === null) return null
  const { type, value } = node
  if (type === 'string' || type === 'number' || type === 'value') return () => value
  if (type !== 'path') return null
  const steps: unknown = Reflect.get(Object(ast), 'steps')
  if (!Array.isArray(steps) || steps.length < 1 || steps.length > 2) return null
  const [first, second] = steps.map((step) => nameIn(step))
  if (typeof first !== 'string' || second === null) return null
  if (second === undefined) return (root) => field(root, first)
  return (root) => {
    const middle = field(root, first)
    // JSONata maps over a list's objects and flattens what it finds; lists of scalars have no fields.
    if (Array.isArray(middle)) return middle.some((item) => typeof item === 'object') ? askJsonata : undefined
    return field(middle, second)
  }
}

const plainKeys = new Set(['type', 'value', 'position', 'steps'])

/** A node without filters, sorting, grouping, bindings or anything else that changes what a name means. */
function toPlainNode(node: unknown): { readonly type: unknown; readonly value: unknown } | null {
  if (typeof node !== 'object' || node === null || !Object.keys(node).every((key) => plainKeys.has(key))) return null
  return { type: Reflect.get(node, 'type'), value: Reflect.get(node, 'value') }
}

function nameIn(step: unknown): string | null {
  const node = toPlainNode(step)
  return node?.type === 'name' && typeof node.value === 'string' ? node.value : null
}

/** Own properties of objects only, as JSONata looks them up. */
function field(from: unknown, name: string): unknown {
  return typeof from === 'object' && from !== null && Object.hasOwn(from, name) ? Reflect.get(from, name) : undefined
}
