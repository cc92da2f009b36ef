/**
 * What is known about a directory before any account is touched: its schema, how it spells things, and what it can do. Read once
 * for all jobs of a target.
 */
import type { Entry } from 'ldapts'
import { GatewayError } from '#core/errors.ts'
import type { Spelling } from '#connectors/kit/connector.ts'
import { canonicalDn, isUnder } from '#connectors/kit/ldap/dn.ts'
import { textsOf } from '#connectors/kit/ldap/entries.ts'
import type { Wire } from '#connectors/kit/ldap/wire.ts'
import type { LdapConfig } from './config.ts'
import { assertionOid } from './controls.ts'
import { phrases } from './phrases.ts'
import { parseSchema, type Schema } from './schema.ts'
import { createSpelling } from './spelling.ts'

export interface Directory {
  /** Its bases are spelled canonically, so that a new entry's DN need not be read to be. */
  readonly config: LdapConfig
  readonly schema: Schema
  readonly spelling: Spelling
  /** Writes can be made conditional by the server itself (RFC 4528). */
  readonly asserts: boolean
  /** What it says of itself. */
  readonly says: Says
  /** Where accounts are looked for. */
  readonly bases: readonly string[]
}

export interface Says {
  /** Its product and version; null where it hides them, as OpenLDAP does. */
  readonly product: string | null
  /** Entries have a number of their last change, by which it can be told that they are as they were read. */
  readonly numbersChanges: boolean
  /** Passwords have policies (draft-behera-ldap-password-policy). */
  readonly hasPolicies: boolean
  /** Entries show the groups they are in. */
  readonly showsGroups: boolean
}

/** Reads the root and subschema entries (RFC 4512 §5.1 and §4.2). Throws `config` when the directory hides its schema. */
export async function readDirectory(wire: Wire, settings: LdapConfig): Promise<Directory> {
  const config = withCanonicalBases(settings)
  const root = await readBase(wire, '', ['subschemaSubentry', 'supportedControl', 'vendorName', 'vendorVersion'])
  const subschema = textsOf(root, 'subschemaSubentry')[0]
  const entry = subschema === undefined ? null : await readBase(wire, subschema, ['attributeTypes', 'objectClasses'])
  const attributeTypes = textsOf(entry, 'attributeTypes')
  if (attributeTypes.length === 0)
    throw new GatewayError('config', 'the directory does not show its schema to the service account', {
      sent: 'no',
      hint: phrases.readSubschema,
    })
  const schema = parseSchema(attributeTypes, textsOf(entry, 'objectClasses'))
  return {
    config,
    schema,
    spelling: createSpelling(schema, config),
    asserts: textsOf(root, 'supportedControl').includes(assertionOid),
    says: {
      product: [...textsOf(root, 'vendorName'), ...textsOf(root, 'vendorVersion')].join(' ') || null,
      numbersChanges: schema.attribute('entryCSN') !== null,
      hasPolicies: schema.attribute('pwdReset') !== null,
      showsGroups: schema.attribute('memberOf') !== null,
    },
    bases: basesOf(config),
  }
}

function withCanonicalBases(config: LdapConfig): LdapConfig {
  const { peopleBase, disable } = config
  return {
    ...config,
    peopleBase: canonicalDn(peopleBase),
    disable: disable.by === 'move' ? { ...disable, disabledBase: canonicalDn(disable.disabledBase) } : disable,
  }
}

function basesOf({ peopleBase, disable }: LdapConfig): readonly string[] {
  const apart = disable.by === 'move' && !isUnder(disable.disabledBase, peopleBase)
  return apart ? [peopleBase, disable.disabledBase] : [peopleBase]
}

async function readBase(wire: Wire, dn: string, attributes: string[]): Promise<Entry | null> {
  const { searchEntries } = await wire.run({ doing: 'reading the schema', kind: 'read' }, (client) =>
    client.search(dn, { scope: 'base', attributes }),
  )
  return searchEntries[0] ?? null
}
