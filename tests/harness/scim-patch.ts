/** PATCH of RFC 7644 §3.5.2 on one resource: all operations or none. */
import { createFilter } from './scim-filter.ts'

type Json = Record<string, unknown>
type Refuse = (scimType: string) => Error

interface Operation {
  readonly op: string
  readonly path: string | undefined
  readonly value: unknown
}

export function patched(resource: Json, body: Json, refuse: Refuse): Json {
  const operations = body['Operations'] as Operation[] | undefined
  if (!Array.isArray(operations)) throw refuse('invalidSyntax')
  return operations.reduce((state, operation) => applied(state, operation, refuse), resource)
}

function applied(resource: Json, { op, path, value }: Operation, refuse: Refuse): Json {
  if (!['add', 'replace', 'remove'].includes(op)) throw refuse('invalidSyntax')
  if (path === undefined) {
    if (op === 'remove' || typeof value !== 'object') throw refuse('noTarget')
    return { ...resource, ...(value as Json) }
  }
  const filtered = /^(\w+)\[(.*)\]$/s.exec(path)
  if (filtered !== null) return withoutElements(resource, op, { name: filtered[1] ?? '', filter: filtered[2] ?? '' }, refuse)
  const extension = /^(urn:[\w:.-]+:User):(.+)$/.exec(path)
  if (extension !== null) {
    const urn = extension[1] ?? ''
    const holder = (resource[urn] ?? {}) as Json
    return { ...resource, [urn]: applied(holder, { op, path: extension[2], value }, refuse) }
  }
  const [name = '', sub] = path.split('.')
  if (['id', 'meta', 'groups'].includes(name)) throw refuse('mutability')
  if (sub === undefined) return withAttribute(resource, op, name, value)
  return withAttribute(resource, 'replace', name, withAttribute((resource[name] ?? {}) as Json, op, sub, value))
}

function withAttribute(holder: Json, op: string, name: string, value: unknown): Json {
  const { [name]: present, ...rest } = holder
  if (op === 'remove') return rest
  if (op === 'add' && Array.isArray(present)) {
    const known = new Set(present.map((element) => JSON.stringify(element)))
    return { ...rest, [name]: [...present, ...[value].flat().filter((element) => !known.has(JSON.stringify(element)))] }
  }
  return { ...rest, [name]: value }
}

interface Elements {
  readonly name: string
  readonly filter: string
}

function withoutElements(resource: Json, op: string, { name, filter }: Elements, refuse: Refuse): Json {
  if (op !== 'remove') throw refuse('invalidPath')
  const matches = createFilter(filter)
  return { ...resource, [name]: ((resource[name] ?? []) as Json[]).filter((element) => !matches(element)) }
}
