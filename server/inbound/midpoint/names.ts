/**
 * Names and item paths as midPoint writes them. The same item may be called `name`, `c:name` or by a whole URI, so every
 * name is cut down to its local part before anything is decided.
 */
import { notUnderstood } from './refusal.ts'

/** One step of an item path; `id` is what stands in `[…]`. */
interface Segment {
  readonly name: string
  readonly id: string | null
}

export type Path = readonly Segment[]

/** The local part of `x`, `ri:x`, `http://…#x`, `http://…/x` (YAML tags) and `{http://…}x`. */
export function localName(name: string): string {
  const plain = name.startsWith('{') ? name.slice(name.indexOf('}') + 1) : name
  const hash = plain.lastIndexOf('#')
  if (hash >= 0) return plain.slice(hash + 1)
  const last = plain.includes('://') ? plain.slice(plain.lastIndexOf('/') + 1) : plain
  return last.slice(last.lastIndexOf(':') + 1)
}

/** What an object is: `c:UserType`, `…#UserType` and `user` are all `user`. */
export function typeName(name: string): string {
  return localName(name).replace(/Type$/, '').toLowerCase()
}

const connIdNames: ReadonlyMap<string, string> = new Map([
  ['__NAME__', 'name'],
  ['__UID__', 'uid'],
  ['__PASSWORD__', 'password'],
])

/** ConnId's own names, which reach messages about accounts, as midPoint's `icfs:` names. */
export function plainConnId(name: string): string {
  return connIdNames.get(name) ?? name
}

const declaration = /^\s*declare\s+(?:default\s+)?namespace\s+[^;]*;/
const segment = /(?:[a-z][a-z0-9+.-]*:\/\/[^#\s]*#)?([^/[\]#]+)(?:\[([^\]]*)\])?(?:\/|$)/y

/**
 * Reads an item path such as `assignment[1]/c:activation`, with or without prefixes, namespace URIs or a leading
 * `declare namespace …;`. Throws `not_understood` for variables, parents and whatever else is not a plain way down.
 */
export function parsePath(text: string, at: string): Path {
  let rest = text
  while (declaration.test(rest)) rest = rest.replace(declaration, '')
  rest = rest.trim().replace(/^\//, '')
  const path: Segment[] = []
  segment.lastIndex = 0
  while (segment.lastIndex < rest.length) {
    const match = segment.exec(rest)
    const name = match === null ? '' : localName(match[1]?.trim() ?? '')
    if (match === null || name === '' || /^[.$@]/.test(name)) throw badPath(at)
    path.push({ name, id: match[2] ?? null })
  }
  if (path.length === 0 || path.length > 10) throw badPath(at)
  return path
}

/** A path without any `[…]`. */
export function plainPath(...names: readonly string[]): Path {
  return names.map((name) => ({ name, id: null }))
}

function badPath(at: string) {
  return notUnderstood(
    { at },
    'is not an item path',
    'Write the way down from the object, such as "activation/administrativeStatus".',
  )
}
