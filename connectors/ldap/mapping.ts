/** Entries of the directory as accounts of the gateway, and back. No I/O. */
import { Attribute, Change, type Entry } from 'ldapts'
import type { Account, AttributeWrite, Writes } from '#core/account.ts'
import { GatewayError } from '#core/errors.ts'
import type { Attributes, Scalar, Values } from '#core/values.ts'
import { canonicalDn, isUnder, rdnOf } from '#connectors/kit/ldap/dn.ts'
import { textsOf } from '#connectors/kit/ldap/entries.ts'
import { missingFrom, spelled } from '#connectors/kit/spelling.ts'
import type { LdapConfig } from './config.ts'
import type { Directory } from './directory.ts'
import { phrases } from './phrases.ts'
import { isBinary } from './schema.ts'

/** The value of pwdAccountLockedTime that locks for good (draft-behera-ldap-password-policy §5.3.3). */
export const lockedForGood = '000001010000Z'

/** Before the JSON list of several password values; one value stands as it is. */
const several = '{SEVERAL}'

export function toAccount(directory: Directory, entry: Entry, memberships: readonly string[]): Account {
  const { config } = directory
  const nativeId = textsOf(entry, config.idAttribute)[0]
  if (nativeId === undefined)
    throw new GatewayError('config', `the directory does not show ${config.idAttribute} to the service account`, {
      sent: 'no',
      hint: phrases.idAttribute,
    })
  const passwords = textsOf(entry, config.passwordAttribute)
  const version = textsOf(entry, 'entryCSN')[0]
  return {
    nativeId,
    label: canonicalDn(entry.dn),
    enabled: isEnabled(config, entry),
    attributes: attributesOf(directory, entry),
    memberships: memberships.map(canonicalDn).toSorted(),
    secrets: passwords.length === 0 ? {} : { [config.passwordAttribute]: packed(passwords) },
    ...(version === undefined ? {} : { version }),
  }
}

function packed(passwords: readonly string[]): string {
  return passwords.length === 1 && passwords[0] !== undefined ? passwords[0] : several + JSON.stringify(passwords)
}

/** The stored password values of an image; the empty text is none. */
export function unpacked(secret: string): readonly string[] {
  if (secret === '') return []
  return secret.startsWith(several) ? (JSON.parse(secret.slice(several.length)) as string[]) : [secret]
}

function isEnabled({ disable }: LdapConfig, entry: Entry): boolean {
  switch (disable.by) {
    case 'ppolicy':
      return !textsOf(entry, 'pwdAccountLockedTime').includes(lockedForGood)
    case 'nsAccountLock':
      return !textsOf(entry, 'nsAccountLock').some((value) => value.toLowerCase() === 'true')
    case 'attribute':
      return !textsOf(entry, disable.attribute).includes(disable.disabledValue)
    case 'move':
      return !isUnder(entry.dn, disable.disabledBase)
  }
}

/** The attribute that `enabled` stands for, lower case; null when accounts move instead. */
function stateAttribute({ disable }: LdapConfig): string | null {
  switch (disable.by) {
    case 'ppolicy':
      return 'pwdaccountlockedtime'
    case 'nsAccountLock':
      return 'nsaccountlock'
    case 'attribute':
      return disable.attribute.toLowerCase()
    case 'move':
      return null
  }
}

function attributesOf({ config, schema, spelling }: Directory, entry: Entry): Attributes {
  const hidden = new Set([
    'dn',
    'memberof',
    config.idAttribute.toLowerCase(),
    config.passwordAttribute.toLowerCase(),
    stateAttribute(config),
  ])
  const attributes: Record<string, Values> = {}
  for (const [name, raw] of Object.entries(entry)) {
    const type = schema.attribute(name)
    if (hidden.has(name.toLowerCase()) || type?.readOnly === true) continue
    const values = [raw].flat().map((value): Scalar => {
      if (Buffer.isBuffer(value)) return value.toString('base64')
      return type !== null && isBinary(type) ? Buffer.from(value).toString('base64') : value
    })
    if (values.length > 0) attributes[spelling.attribute(name)] = spelled(spelling, name, values)
  }
  return attributes
}

/** A value as bytes for the wire. */
function bytesOf({ schema }: Directory, attribute: string, value: Scalar): Buffer {
  if (typeof value === 'boolean') return Buffer.from(value ? 'TRUE' : 'FALSE')
  const type = schema.attribute(attribute)
  return type !== null && isBinary(type) ? Buffer.from(String(value), 'base64') : Buffer.from(String(value))
}

export function toAttribute(directory: Directory, attribute: string, values: Values): Attribute {
  return new Attribute({ type: attribute, values: values.map((value) => bytesOf(directory, attribute, value)) })
}

/** Texts as they are: passwords and their hashes, whose attribute is one of bytes to the schema. */
export function textAttribute(type: string, values: readonly string[]): Attribute {
  return new Attribute({ type, values: values.map((value) => Buffer.from(value)) })
}

/** Refuses what the gateway must not write, before anything is sent. Throws `config` or `invalid`. */
export function refuseUnwritable({ config, schema }: Directory, names: readonly string[], secrets: readonly string[]): void {
  const isSame = (left: string, right: string) => left.toLowerCase() === right.toLowerCase()
  for (const name of names) {
    const type = schema.attribute(name)
    if (type === null)
      throw new GatewayError('invalid', `the schema of the directory has no attribute ${name}`, {
        sent: 'no',
        hint: phrases.schema,
      })
    const kept = [...config.readOnly, config.idAttribute, 'memberOf'].some(
      (other) => isSame(other, name) || isSame(other, type.name),
    )
    if (kept || type.readOnly || isSame(type.name, stateAttribute(config) ?? ''))
      throw new GatewayError('config', `the attribute ${name} is not for rules to write in this target`, {
        sent: 'no',
        hint: phrases.ownOperations,
      })
    if (isSame(type.name, config.passwordAttribute))
      throw new GatewayError('config', `the attribute ${name} holds a password: it must be filled by a secret`, { sent: 'no' })
  }
  const other = secrets.find((name) => !isSame(name, config.passwordAttribute))
  if (other !== undefined)
    throw new GatewayError(
      'config',
      `the attribute ${other} cannot be filled by a secret in this target, only ${config.passwordAttribute}`,
      { sent: 'no' },
    )
}

/** The attribute that disables or enables, as it is written; none when accounts move. */
export function stateAttributes(
  config: LdapConfig,
  enabled: boolean,
): readonly { readonly name: string; readonly values: readonly string[] }[] {
  const { disable } = config
  switch (disable.by) {
    case 'ppolicy':
      return [{ name: 'pwdAccountLockedTime', values: enabled ? [] : [lockedForGood] }]
    case 'nsAccountLock':
      return [{ name: 'nsAccountLock', values: enabled ? [] : ['true'] }]
    case 'attribute':
      return [
        {
          name: disable.attribute,
          values: enabled ? (disable.enabledValue === null ? [] : [disable.enabledValue]) : [disable.disabledValue],
        },
      ]
    case 'move':
      return []
  }
}

/** All modifications but those of the naming attribute, which need a rename. */
export function toChanges(directory: Directory, writes: Writes): Change[] {
  const { config } = directory
  const plain = writes.attributes.filter((write) => !isNaming(directory, write))
  const state = writes.enabled === null ? [] : stateAttributes(config, writes.enabled.after)
  return [
    ...plain.flatMap((write) => changesOf(directory, write)),
    ...state.map(({ name, values }) => replacing(directory, name, values)),
  ]
}

export function isNaming({ config, schema }: Directory, { attribute }: Pick<AttributeWrite, 'attribute'>): boolean {
  return (
    (schema.attribute(attribute)?.name ?? attribute).toLowerCase() ===
    (schema.attribute(config.rdnAttribute)?.name ?? config.rdnAttribute).toLowerCase()
  )
}

export function replacing(directory: Directory, name: string, values: Values): Change {
  return new Change({ operation: 'replace', modification: toAttribute(directory, name, values) })
}

function changesOf(directory: Directory, { attribute, before, after, multivalued }: AttributeWrite): Change[] {
  if (multivalued === 'replace') return [replacing(directory, attribute, after)]
  const added = missingFrom(directory.spelling, attribute, after, before)
  const removed = missingFrom(directory.spelling, attribute, before, after)
  const change = (operation: 'add' | 'delete', values: Values) =>
    values.length === 0 ? [] : [new Change({ operation, modification: toAttribute(directory, attribute, values) })]
  return [...change('delete', removed), ...change('add', added)]
}

/** The value that names the entry after a write of the naming attribute: the present one, if it may stay. */
export function namingValue(directory: Directory, label: string, write: AttributeWrite): string {
  const present = rdnOf(label)[0]?.value ?? ''
  const stays = write.after.some((value) => String(value) === present)
  const value = stays ? present : write.after[0]
  if (value === undefined || value === '')
    throw new GatewayError('invalid', `${directory.config.rdnAttribute} names the entry and cannot be cleared`, { sent: 'no' })
  return String(value)
}
