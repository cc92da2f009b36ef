/** How a directory compares and rewrites names and values, taken from its schema's equality rules (RFC 4517 §4.2). */
import type { Scalar } from '#core/values.ts'
import type { Spelling } from '#connectors/kit/connector.ts'
import { canonicalDn, dnKey, folded } from '#connectors/kit/ldap/dn.ts'
import { groupSpelling } from '#connectors/kit/ldap/groups.ts'
import type { LdapConfig } from './config.ts'
import { syntaxes, type Schema } from './schema.ts'

export function createSpelling(schema: Schema, { groupBase }: Pick<LdapConfig, 'groupBase'>): Spelling {
  return {
    attribute(name) {
      const type = schema.attribute(name)
      const options = name.includes(';') ? name.slice(name.indexOf(';')) : ''
      return type === null ? name : type.name + options
    },
    value(attribute, value) {
      const syntax = schema.attribute(attribute)?.syntax
      if (syntax === syntaxes.boolean) return booleanOf(value)
      return syntax === syntaxes.dn ? canonicalDn(String(value)) : String(value)
    },
    key: (attribute, value) => keyOf(schema.attribute(attribute)?.equality ?? '', value),
    ...groupSpelling(groupBase),
  }
}

function booleanOf(value: Scalar): Scalar {
  const text = String(value).toLowerCase()
  return text === 'true' ? true : text === 'false' ? false : value
}

function keyOf(equality: string, value: Scalar): string {
  const text = String(value)
  switch (equality) {
    case 'caseignorematch':
    case 'caseignoreia5match':
    case 'caseignorelistmatch':
    case 'objectidentifiermatch':
    case 'booleanmatch':
      return folded(text)
    case 'caseexactmatch':
    case 'caseexactia5match':
      return text.trim().replace(/\s+/g, ' ')
    case 'telephonenumbermatch':
      return text.toLowerCase().replace(/[\s-]+/g, '')
    case 'numericstringmatch':
      return text.replace(/\s+/g, '')
    case 'distinguishednamematch':
    case 'uniquemembermatch':
      return dnKey(text)
    case 'integermatch':
      return /^-?\d+$/.test(text) ? BigInt(text).toString() : text
    default:
      return text
  }
}
