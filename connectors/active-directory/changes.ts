/**
 * The changes of an account, each as a row of operations that count as one: Active Directory has no transactions over name, properties, password and
 * groups, so what was done is put back when a later operation is refused.
 */
import type { Change, Entry } from 'ldapts'
import type { Account, Writes } from '#core/account.ts'
import { GatewayError, isGatewayError } from '#core/errors.ts'
import type { Values } from '#core/values.ts'
import { allOrNothing, type Part } from '#connectors/kit/all-or-nothing.ts'
import type { Draft } from '#connectors/kit/connector.ts'
import { refuseForeignGroups } from '#connectors/kit/ldap/groups.ts'
import { textsOf } from '#connectors/kit/ldap/entries.ts'
import { unknownPassword } from '#connectors/kit/unknown-password.ts'
import { newAccount } from './account-control.ts'
import * as entries from './entry.ts'
import type { Target } from './entry.ts'
import { domainUsers, membershipParts } from './groups.ts'
import { guidAt } from './lookup.ts'
import { change, controlOf, isOwn, refuseUnwritable, texts, toAttribute, toChanges } from './mapping.ts'
import { guidDn } from './native-id.ts'
import { passwordChange, refuseClearPassword } from './password.ts'
import { ownAttributes } from './schema.ts'

export interface Place {
  readonly nativeId: string
  readonly label: string
}

/** Adds the account disabled, sets its password, enables it and puts it in its groups. */
export async function createAccount(target: Target, draft: Draft): Promise<Place> {
  const { wire, directory } = target
  const { config } = directory
  refuseUnwritable(directory, draft.attributes, Object.keys(draft.secrets))
  refuseForeignGroups(config.groupBase, draft.memberships)
  for (const name of ['cn', 'sAMAccountName'])
    if ((draft.attributes[name] ?? [''])[0] === '' || draft.attributes[name] === undefined)
      throw new GatewayError('invalid', `a new account needs a value of ${name}`, { sent: 'no', at: name })
  const parent = String(draft.attributes[ownAttributes.parent]?.[0] ?? config.peopleBase)
  const label = entries.placeIn(directory, String(draft.attributes['cn']?.[0]), parent)
  // Nobody can be enabled without a password; where the rules give none, nobody knows it.
  const password = Object.values(draft.secrets)[0] ?? (draft.enabled ? unknownPassword() : undefined)
  if (password !== undefined) refuseClearPassword(directory)
  const written = entriesOf(draft)
  const control = entries.controlAfter(newAccount, { attributes: written, enabled: null })
  await addAccount(target, label, draft, control)
  const nativeId = await idOfNew(target, label)
  const enabling = [
    ...entries.controlChanges(
      control,
      entries.controlAfter(control, { attributes: [], enabled: { before: false, after: draft.enabled } }),
    ),
    ...(draft.attributes[ownAttributes.mustChangePassword]?.[0] === true && password !== undefined
      ? [entries.mustChangeChange(true)]
      : []),
  ]
  await allOrNothing([
    { run: async () => undefined, undo: () => removeEntry(target, nativeId) },
    ...(password === undefined
      ? []
      : [once(() => entries.modifyEntry(target, nativeId, [passwordChange(password)], 'password'))]),
    once(() => entries.modifyEntry(target, nativeId, enabling)),
    ...membershipParts(wire, nativeId, { add: draft.memberships, remove: [] }),
    ...primaryGroupParts(
      target,
      nativeId,
      written.filter(({ after }) => String(after[0]) !== domainUsers),
    ),
  ])
  return { nativeId, label }
}

/** Only a group that the account is in can become its primary one, and only one that is not can be left. */
function primaryGroupParts(target: Target, nativeId: string, writes: Writes['attributes']): readonly Part[] {
  const write = (values: Values) =>
    entries.modifyEntry(target, nativeId, [change('replace', toAttribute(target.directory, primaryGroup, values))])
  return writes
    .filter(({ attribute }) => attribute === primaryGroup)
    .map(({ before, after }) => ({ run: () => write(after), undo: () => write(before) }))
}

/** Written with all others; name, place, bits and the primary group are not. */
const isProperty = (name: string) => name !== 'cn' && name !== primaryGroup && !isOwn(name)
const primaryGroup = 'primaryGroupID'

/** What is put back by another part: the removal of the new account. */
const once = (run: () => Promise<void>): Part => ({ run, undo: async () => undefined })

function entriesOf({ attributes }: Pick<Draft, 'attributes'>): Writes['attributes'] {
  return Object.entries(attributes).map(([attribute, after]) => ({ attribute, before: [], after, multivalued: 'replace' }))
}

async function addAccount({ wire, directory }: Target, label: string, draft: Draft, control: number): Promise<void> {
  const attributes = [
    texts('objectClass', directory.config.objectClass),
    texts('userAccountControl', String(control)),
    ...Object.entries(draft.attributes)
      .filter(([name]) => isProperty(name))
      .map(([name, values]) => toAttribute(directory, name, values)),
  ]
  try {
    await wire.run({ doing: 'adding the account', kind: 'write' }, (client) => client.add(label, attributes))
  } catch (error) {
    throw isGatewayError(error) && error.code === 'not_found' ? entries.missingUnit(error) : error
  }
}

/** Whatever goes wrong now, the account is there. */
async function idOfNew({ wire }: Target, label: string): Promise<string> {
  const nativeId = await guidAt(wire, label).catch((cause: unknown) => {
    throw new GatewayError('unknown_outcome', 'the account was added, but could not be read back', { cause, sent: 'yes' })
  })
  if (nativeId === null) throw new GatewayError('unknown_outcome', 'the account was added, but is not there', { sent: 'yes' })
  return nativeId
}

export async function removeEntry({ wire }: Target, nativeId: string): Promise<void> {
  await wire.run({ doing: 'deleting the account', kind: 'write' }, (client) => client.del(guidDn(nativeId)))
}

/** Its groups forget it by themselves. */
export async function removeAccount(target: Target, current: Account): Promise<void> {
  await entries.readUnchanged(target, current)
  await removeEntry(target, current.nativeId)
}

/** Name and place, properties, groups, and last the password with what depends on it: its policy is the likeliest to refuse, and it cannot be put back. */
export async function modifyAccount(
  target: Target,
  current: Account,
  writes: Writes,
  secrets: Readonly<Record<string, string>>,
): Promise<void> {
  const { wire, directory } = target
  const written = Object.fromEntries(writes.attributes.map(({ attribute, after }) => [attribute, after]))
  refuseUnwritable(directory, written, writes.secrets)
  refuseForeignGroups(directory.config.groupBase, [...writes.memberships.add, ...writes.memberships.remove])
  const password = writes.secrets[0] === undefined ? undefined : secrets[writes.secrets[0]]
  if (password !== undefined) refuseClearPassword(directory)
  const to = entries.placeAfter(directory, current, writes)
  const { nativeId, label } = current
  const entry = await entries.readUnchanged(target, current)
  const state = stateChanges(entry, writes, password !== undefined)
  await allOrNothing([
    ...(to === label
      ? []
      : [{ run: () => entries.moveEntry(target, nativeId, to), undo: () => entries.moveEntry(target, nativeId, label) }]),
    propertiesPart(target, nativeId, writes, password === undefined ? state : { run: [], undo: [] }),
    ...membershipParts(wire, nativeId, { add: writes.memberships.add, remove: [] }),
    ...primaryGroupParts(target, nativeId, writes.attributes),
    ...membershipParts(wire, nativeId, { add: [], remove: writes.memberships.remove }),
    ...(password === undefined
      ? []
      : [once(() => entries.modifyEntry(target, nativeId, [passwordChange(password), ...state.run], 'password'))]),
  ])
}

/** In one operation: a password that nobody knows, and that it must be changed at the next login. */
export async function resetPassword(target: Target, current: Account, attribute: string, password: string): Promise<void> {
  refuseUnwritable(target.directory, {}, [attribute])
  refuseClearPassword(target.directory)
  await entries.readUnchanged(target, current)
  const changes = [passwordChange(password), entries.mustChangeChange(true)]
  await entries.modifyEntry(target, current.nativeId, changes, 'password')
}

interface There {
  readonly run: readonly Change[]
  readonly undo: readonly Change[]
}

function propertiesPart(target: Target, nativeId: string, writes: Writes, state: There): Part {
  const { directory } = target
  const plain = writes.attributes.filter(({ attribute }) => isProperty(attribute))
  const back = plain.map(({ before, after, ...rest }) => ({ ...rest, before: after, after: before }))
  const changes = (list: Writes['attributes']) => list.flatMap((write) => toChanges(directory, write))
  return {
    run: () => entries.modifyEntry(target, nativeId, [...changes(plain), ...state.run]),
    undo: () => entries.modifyEntry(target, nativeId, [...changes(back), ...state.undo]),
  }
}

/** Whoever is enabled, or gets a password, is not to be kept out by a lock for wrong ones. */
function stateChanges(entry: Entry, writes: Writes, hasPassword: boolean): There {
  const control = controlOf(entry)
  const next = entries.controlAfter(control, writes)
  const isLocked = (textsOf(entry, 'lockoutTime')[0] ?? '0') !== '0'
  const unlocks = isLocked && (hasPassword || writes.enabled?.after === true)
  const mustChange = writes.attributes.find(({ attribute }) => attribute === ownAttributes.mustChangePassword)
  const mustChangeTo = (values: readonly unknown[] | undefined) =>
    values === undefined ? [] : [entries.mustChangeChange(values[0] === true)]
  return {
    run: [
      ...entries.controlChanges(control, next),
      ...(unlocks ? [change('replace', texts('lockoutTime', '0'))] : []),
      ...mustChangeTo(mustChange?.after),
    ],
    undo: [...entries.controlChanges(next, control), ...mustChangeTo(mustChange?.before)],
  }
}
