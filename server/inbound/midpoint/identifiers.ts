/** Who an account is when no oid says so: its identifiers, as a message lists them or as they stand among its attributes. */
import type { ReadContext } from '../adapter.ts'
import { fieldsOf, oneOf, type Node } from './nodes.ts'
import { plainConnId } from './names.ts'
import type { Reading } from './reading.ts'
import { notUnderstood } from './refusal.ts'

/** The id of the target system first, then logins. A source that identifies accounts otherwise says so in its settings. */
const accountIdentifiers: readonly string[] = [
  'uid',
  'login',
  'username',
  'userName',
  'name',
  'id',
  'employeeNumber',
  'mail',
  'email',
]

function preferredFor(context: ReadContext): readonly string[] {
  return context.identifiers ?? accountIdentifiers
}

/** Values of the identifying attributes of a whole account, the most telling first. */
export function idsIn(reading: Pick<Reading, 'deltas'>, context: ReadContext): readonly string[] {
  return preferredFor(context).flatMap((name) => {
    const found = reading.deltas.find((delta) => delta.name === name && delta.op === 'replace')
    return found?.values.length === 1 ? [String(found.values[0])] : []
  })
}

/** The values of `primaryIdentifiers` and their like, the most telling first and whatever the order in the payload. */
export function identifierValues(node: Node | undefined, context: ReadContext): readonly string[] {
  const found = oneOf(node)
  if (found === undefined) return []
  const preferred = preferredFor(context)
  const rank = (name: string) => (preferred.includes(name) ? preferred.indexOf(name) : preferred.length)
  const fields = [...fieldsOf(found)].map(([name, field]) => [plainConnId(name), field] as const)
  return fields
    .toSorted(([left], [right]) => rank(left) - rank(right) || (left < right ? -1 : 1))
    .flatMap(([, field]) => {
      const value = oneOf(field)
      if (value === undefined || value.value === '') return []
      if (typeof value.value === 'string' || typeof value.value === 'number') return [String(value.value)]
      throw notUnderstood(value, 'is not a plain value of an identifier', 'Send identifiers as texts.')
    })
}
