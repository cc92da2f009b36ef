/** How Active Directory compares and rewrites names and values, taken from the syntaxes of its schema ([MS-ADTS] §3.1.1.2.2.4). */
import type { Scalar } from '#core/values.ts'
import type { Spelling } from '#connectors/kit/connector.ts'
import { canonicalDn, dnKey } from '#connectors/kit/ldap/dn.ts'
import { groupSpelling } from '#connectors/kit/ldap/groups.ts'
import { toFileTime, toIso } from './file-time.ts'
import type { Schema } from './schema.ts'

export function createSpelling(schema: Schema, groupBase: string | null): Spelling {
  return {
    attribute: (name) => schema.attribute(name)?.name ?? name,
    value: (attribute, value) => written(schema, attribute, value),
    key: (attribute, value) => keyOf(schema, attribute, value),
    ...groupSpelling(groupBase),
  }
}

function written(schema: Schema, attribute: string, value: Scalar): Scalar {
  const kind = schema.attribute(attribute)?.kind
  const text = String(value)
  switch (kind) {
    case 'boolean':
      return /^(?:true|false)$/i.test(text) ? text.toLowerCase() === 'true' : value
    case 'dn':
      // A reference is shown as its object spells itself, whatever was written.
      return canonicalDn(text).toLowerCase()
    case 'expiry':
      return toIso(toFileTime(text) ?? '0') ?? text
    case 'integer':
      return /^-?\d+$/.test(text) ? BigInt(text).toString() : text
    case 'text':
    case 'exact':
    case 'binary':
    case 'time':
    case undefined:
      return text
  }
}

function keyOf(schema: Schema, attribute: string, value: Scalar): string {
  const text = String(written(schema, attribute, value))
  switch (schema.attribute(attribute)?.kind) {
    case 'dn':
      return dnKey(text)
    case 'text':
      return text.normalize('NFKC').toLowerCase()
    default:
      return text
  }
}
