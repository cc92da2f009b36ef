/** What is known about a domain before any account is touched: its names, its schema, and how it spells things. */
import type { Entry } from 'ldapts'
import type { TargetCache } from '#core/cache.ts'
import { GatewayError } from '#core/errors.ts'
import type { Spelling } from '#connectors/kit/connector.ts'
import { isUnder } from '#connectors/kit/ldap/dn.ts'
import { searchInPages, textsOf } from '#connectors/kit/ldap/entries.ts'
import type { Wire } from '#connectors/kit/ldap/wire.ts'
import type { ActiveDirectoryConfig } from './config.ts'
import { phrases } from './phrases.ts'
import { createSchema, toAttributeType, type AttributeType, type ObjectClass, type Schema, type SchemaRecord } from './schema.ts'
import { createSpelling } from './spelling.ts'

export interface Directory {
  readonly config: ActiveDirectoryConfig
  readonly schema: Schema
  readonly spelling: Spelling
  /** Where accounts may stand. */
  readonly bases: readonly string[]
}

/** What a domain controller of Active Directory says it can ([MS-ADTS] §3.1.1.3.4.3.1). */
const activeDirectoryOid = '1.2.840.113556.1.4.800'
/** Schemas change rarely, but they do. */
const schemaMs = 10 * 60_000

/** Throws `config` for a directory of another kind, or one that hides its schema. */
export async function readDirectory(wire: Wire, config: ActiveDirectoryConfig, cache: TargetCache): Promise<Directory> {
  const load = () => readSchema(wire)
  const schema = createSchema(await cache.get({ kind: 'schema', key: 'schema', ttlMs: schemaMs, load }))
  const bases = [config.peopleBase, ...config.otherBases.filter((base) => !isUnder(base, config.peopleBase))]
  return { config, schema, spelling: createSpelling(schema, config.groupBase), bases }
}

export async function readSchema(wire: Wire): Promise<SchemaRecord> {
  const root = await readRoot(wire)
  if (!textsOf(root, 'supportedCapabilities').includes(activeDirectoryOid))
    throw new GatewayError('config', 'this directory is not Active Directory', {
      sent: 'no',
      hint: phrases.useLdap,
    })
  const base = textsOf(root, 'schemaNamingContext')[0] ?? ''
  const attributes: AttributeType[] = []
  for await (const page of searchInPages(wire, base, schemaSearch('attributeSchema', attributeFields)))
    attributes.push(...page.map(attributeOf))
  const classes: ObjectClass[] = []
  for await (const page of searchInPages(wire, base, schemaSearch('classSchema', classFields))) classes.push(...page.map(classOf))
  if (attributes.length === 0)
    throw new GatewayError('config', 'the domain does not show its schema to the service account', {
      sent: 'no',
      hint: phrases.readSchema,
    })
  return { attributes, classes }
}

async function readRoot(wire: Wire): Promise<Entry | null> {
  const attributes = ['supportedCapabilities', 'schemaNamingContext']
  const { searchEntries } = await wire.run({ doing: 'reading the root entry', kind: 'read' }, (client) =>
    client.search('', { scope: 'base', attributes }),
  )
  return searchEntries[0] ?? null
}

const attributeFields = [
  'lDAPDisplayName',
  'attributeSyntax',
  'isSingleValued',
  'rangeUpper',
  'systemOnly',
  'systemFlags',
  'linkID',
]
const classFields = ['lDAPDisplayName', 'subClassOf', 'auxiliaryClass', 'systemAuxiliaryClass'].concat([
  'mustContain',
  'systemMustContain',
  'mayContain',
  'systemMayContain',
])

function schemaSearch(objectClass: string, attributes: string[]) {
  return { scope: 'one' as const, filter: `(objectClass=${objectClass})`, attributes, paged: { pageSize: 500 } }
}

function attributeOf(entry: Entry): AttributeType {
  const first = (name: string) => textsOf(entry, name)[0]
  return toAttributeType({
    name: first('lDAPDisplayName') ?? '',
    syntax: first('attributeSyntax') ?? '',
    single: first('isSingleValued') === 'TRUE',
    rangeUpper: first('rangeUpper'),
    systemOnly: first('systemOnly') === 'TRUE',
    systemFlags: first('systemFlags'),
    linkId: first('linkID'),
  })
}

function classOf(entry: Entry): ObjectClass {
  const all = (...names: string[]) => names.flatMap((name) => textsOf(entry, name))
  return {
    name: all('lDAPDisplayName')[0] ?? '',
    parents: all('subClassOf', 'auxiliaryClass', 'systemAuxiliaryClass'),
    must: all('mustContain', 'systemMustContain'),
    may: all('mayContain', 'systemMayContain'),
  }
}
