/**
 * Which attributes of the identity an expression reads. Names mean fields of the identity only where nothing else is being looked at: in
 * `phones[type = 'work'].number` it is `phones` alone. Works on the tree that JSONata makes.
 */

export interface RootName {
  readonly name: string
  /** Characters from the beginning of the expression, from 0. */
  readonly offset: number
}

/** In the order in which they stand; a name that is read twice is there twice. */
export function rootNames(ast: unknown): readonly RootName[] {
  const found: RootName[] = []
  walk(ast, true, found, new Set())
  return found.toSorted((left, right) => left.offset - right.offset)
}

/** What is looked at inside these is the value before them. */
const inner: ReadonlySet<string> = new Set(['predicate', 'stages', 'group', 'terms', 'pattern', 'update', 'delete'])

function walk(node: unknown, atRoot: boolean, found: RootName[], seen: Set<object>): void {
  if (typeof node !== 'object' || node === null || node instanceof RegExp || seen.has(node)) return
  seen.add(node)
  if (Array.isArray(node)) {
    for (const item of node) walk(item, atRoot, found, seen)
    return
  }
  if (Reflect.get(node, 'type') === 'path') walkPath(node, atRoot, found, seen)
  else for (const [key, child] of Object.entries(node)) walk(child, atRoot && !inner.has(key), found, seen)
}

function walkPath(path: object, atRoot: boolean, found: RootName[], seen: Set<object>): void {
  const steps: unknown = Reflect.get(path, 'steps')
  const list: readonly unknown[] = Array.isArray(steps) ? steps : []
  walk(Reflect.get(path, 'group'), false, found, seen)
  const [first, second] = list
  const isRoot = read(first, 'type') === 'variable' && (read(first, 'value') === '$' || (read(first, 'value') === '' && atRoot))
  const head = isRoot && !hasStages(first) ? second : first
  if ((atRoot || isRoot) && read(head, 'type') === 'name') note(head, found)
  for (const [index, step] of list.entries()) walk(step, atRoot && index === 0, found, seen)
}

function hasStages(step: unknown): boolean {
  return read(step, 'predicate') !== undefined || read(step, 'stages') !== undefined
}

function note(step: unknown, found: RootName[]): void {
  const name = String(read(step, 'value'))
  const position: unknown = read(step, 'position')
  found.push({ name, offset: typeof position === 'number' ? Math.max(0, position - name.length) : 0 })
}

function read(node: unknown, key: string): unknown {
  return typeof node === 'object' && node !== null ? Reflect.get(node, key) : undefined
}
