/** Entries of the directory as accounts of the gateway, and values of rules as values of the directory. No I/O. */
import { Attribute, Change, type Entry } from 'ldapts'
import type { Account, AttributeWrite } from '#core/account.ts'
import { GatewayError } from '#core/errors.ts'
import type { Attributes, Scalar, Values } from '#core/values.ts'
import { canonicalDn, parentDn } from '#connectors/kit/ldap/dn.ts'
import { textsOf } from '#connectors/kit/ldap/entries.ts'
import { missingFrom, spelled } from '#connectors/kit/spelling.ts'
import { disabledBit, flagBits, flags, hasBit } from './account-control.ts'
import { refuseAccountName } from './account-name.ts'
import type { Directory } from './directory.ts'
import { never, toFileTime, toIso } from './file-time.ts'
import { toGuid } from './native-id.ts'
import { phrases } from './phrases.ts'
import { ownAttributes, passwordAttribute, type ValueKind } from './schema.ts'

export function controlOf(entry: Entry): number {
  return Number(textsOf(entry, 'userAccountControl')[0] ?? 0)
}

/**
 * An old password can be neither read nor put back, but when it was set says whether it still is the same one: that is what stands for it in `secrets`.
 * Nothing stands there for a password that was never set or must be changed, which look the same.
 */
export function toAccount(directory: Directory, entry: Entry, memberships: readonly string[]): Account {
  const passwordSet = textsOf(entry, 'pwdLastSet')[0] ?? '0'
  return {
    nativeId: toGuid(bytesOf(entry, 'objectGUID')),
    label: canonicalDn(entry.dn),
    enabled: !hasBit(controlOf(entry), disabledBit),
    attributes: { ...attributesOf(directory, entry), ...ownAttributesOf(entry, passwordSet) },
    memberships: memberships.map(canonicalDn).toSorted(),
    secrets: passwordSet === '0' ? {} : { [passwordAttribute]: passwordSet },
  }
}

export function bytesOf(entry: Entry, name: string): Buffer {
  const value = [entry[name] ?? []].flat()[0]
  if (Buffer.isBuffer(value)) return value
  throw new GatewayError('config', `the domain does not show ${name} to the service account`, {
    sent: 'no',
    hint: phrases.readAll,
  })
}

function ownAttributesOf(entry: Entry, passwordSet: string): Attributes {
  const control = controlOf(entry)
  return {
    [ownAttributes.parent]: [parentDn(entry.dn).toLowerCase()],
    [ownAttributes.mustChangePassword]: [passwordSet === '0'],
    ...Object.fromEntries(flags.map((flag) => [flag, [hasBit(control, flagBits[flag])]])),
  }
}

function attributesOf({ schema, spelling }: Directory, entry: Entry): Attributes {
  const attributes: Record<string, Values> = {}
  for (const [name, raw] of Object.entries(entry)) {
    const type = schema.attribute(name)
    if (type === null || type.readOnly) continue
    const values = [raw].flat().flatMap((value) => valueOf(type.kind, value) ?? [])
    if (values.length > 0) attributes[type.name] = spelled(spelling, type.name, values)
  }
  return attributes
}

function valueOf(kind: ValueKind, value: Buffer | string): Scalar | null {
  if (Buffer.isBuffer(value)) return value.toString(kind === 'binary' ? 'base64' : 'utf8')
  return kind === 'expiry' ? toIso(value) : value
}

function wireValue({ schema }: Directory, attribute: string, value: Scalar): Buffer {
  const kind = schema.attribute(attribute)?.kind ?? 'text'
  if (kind === 'binary') return Buffer.from(String(value), 'base64')
  if (typeof value === 'boolean') return Buffer.from(value ? 'TRUE' : 'FALSE')
  if (kind !== 'expiry') return Buffer.from(String(value))
  const time = toFileTime(String(value))
  if (time === null)
    throw new GatewayError('invalid', `the value of ${attribute} is no time`, {
      sent: 'no',
      at: attribute,
      hint: phrases.dayOrTime,
    })
  return Buffer.from(time)
}

/** Values as they are compared and sent. Throws `invalid` for one that its attribute cannot hold. */
export function wireValues(directory: Directory, attribute: string, values: Values): Buffer[] {
  // "Never" is a value of its own, and not the lack of one.
  if (values.length === 0 && directory.schema.attribute(attribute)?.kind === 'expiry') return [Buffer.from(never)]
  return values.map((value) => wireValue(directory, attribute, value))
}

export function toAttribute(directory: Directory, attribute: string, values: Values): Attribute {
  return new Attribute({ type: attribute, values: wireValues(directory, attribute, values) })
}

export function texts(type: string, ...values: readonly string[]): Attribute {
  return new Attribute({ type, values: values.map((value) => Buffer.from(value)) })
}

export function change(operation: 'add' | 'delete' | 'replace', modification: Attribute): Change {
  return new Change({ operation, modification })
}

export function toChanges(directory: Directory, { attribute, before, after, multivalued }: AttributeWrite): Change[] {
  if (multivalued === 'replace') return [change('replace', toAttribute(directory, attribute, after))]
  const part = (operation: 'add' | 'delete', values: Values) =>
    values.length === 0 ? [] : [change(operation, toAttribute(directory, attribute, values))]
  return [
    ...part('delete', missingFrom(directory.spelling, attribute, before, after)),
    ...part('add', missingFrom(directory.spelling, attribute, after, before)),
  ]
}

/** Whether the attribute is one of the account itself, or one that only this connector knows. */
export function isOwn(name: string): boolean {
  return name === ownAttributes.parent || name === ownAttributes.mustChangePassword || flags.some((flag) => flag === name)
}

/** Refuses what the gateway must not write, before anything is sent. Throws `config` or `invalid`. */
export function refuseUnwritable({ config, schema }: Directory, attributes: Attributes, secrets: readonly string[]): void {
  const never = new Set(config.readOnly.map((name) => name.toLowerCase()))
  for (const [name, values] of Object.entries(attributes)) {
    const type = schema.attribute(name)
    if (type === null)
      throw new GatewayError('invalid', `the schema of the domain has no attribute ${name}`, {
        ...{ sent: 'no', at: name },
        hint: phrases.schema,
      })
    if (type.readOnly || never.has(type.name.toLowerCase()))
      throw new GatewayError('config', `the attribute ${name} is not for rules to write in this target`, {
        ...{ sent: 'no', at: name },
        hint: phrases.ownOperations,
      })
    if (values.length === 0 && (isOwn(type.name) || type.name === 'cn' || type.name === 'sAMAccountName'))
      throw new GatewayError('invalid', `${name} cannot be without a value`, { sent: 'no', at: name })
    if (type.kind === 'boolean' && values.some((value) => typeof value !== 'boolean'))
      throw new GatewayError('invalid', `${name} holds true or false`, { sent: 'no', at: name })
    if (type.name === 'sAMAccountName') refuseAccountName(String(values[0]))
  }
  const other = secrets.find((name) => name.toLowerCase() !== passwordAttribute.toLowerCase())
  if (other !== undefined)
    throw new GatewayError(
      'config',
      `the attribute ${other} cannot be filled by a secret in this target, only ${passwordAttribute}`,
      {
        sent: 'no',
      },
    )
}
