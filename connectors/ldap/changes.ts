/**
 * The changes of an account, each as a row of operations that count as one: LDAP has no transactions over entry, name, password and
 * groups, so what was done is put back when a later operation is refused.
 */
import { Change, type Attribute, type Control } from 'ldapts'
import type { Account, AttributeWrite, Writes } from '#core/account.ts'
import { GatewayError } from '#core/errors.ts'
import { allOrNothing, type Part } from '#connectors/kit/all-or-nothing.ts'
import type { Draft } from '#connectors/kit/connector.ts'
import { canonicalDn, childDn, dnKey, parentDn, rdnOf } from '#connectors/kit/ldap/dn.ts'
import { refuseForeignGroups } from '#connectors/kit/ldap/groups.ts'
import { assertUnchanged, deleteEntry, judged, modifyEntry, renameEntry, setPassword, type Target } from './entry.ts'
import { join, leave, memberKey, memberValue, membershipParts } from './groups.ts'
import { PostReadControl } from './controls.ts'
import { placeOf } from './lookup.ts'
import {
  isNaming,
  namingValue,
  refuseUnwritable,
  replacing,
  stateAttributes,
  textAttribute,
  toAttribute,
  toChanges,
  unpacked,
} from './mapping.ts'
import { phrases } from './phrases.ts'

export type Place = { readonly nativeId: string; readonly label: string }

/** Adds the entry, sets its password and puts it in its groups. */
export async function createAccount(target: Target, draft: Draft): Promise<Place> {
  const { wire, directory } = target
  const { config } = directory
  refuseUnwritable(directory, Object.keys(draft.attributes), Object.keys(draft.secrets))
  refuseForeignGroups(config.groupBase, draft.memberships)
  const name = draft.attributes[directory.spelling.attribute(config.rdnAttribute)]?.[0]
  if (name === undefined || name === '')
    throw new GatewayError('invalid', `${config.rdnAttribute} names the entry, and the change gives it no value`, { sent: 'no' })
  const dn = childDn(config.rdnAttribute.toLowerCase(), String(name), baseFor(target, draft.enabled))
  const password = Object.values(draft.secrets)[0]
  const inEntry = config.passwordMode === 'modify' ? password : undefined
  const told = new PostReadControl(config.idAttribute)
  await allOrNothing([
    {
      run: () => add(target, dn, entryAttributes(target, draft, inEntry), inEntry !== undefined, [told]),
      undo: () => wire.run({ doing: 'removing the new entry', kind: 'write' }, (client) => client.del(dn)),
    },
    ...membershipParts(wire, directory, () => dn, { add: draft.memberships, remove: [] }),
    ...(password === undefined || inEntry !== undefined
      ? []
      : [{ run: () => setPassword(target, dn, password), undo: async () => undefined }]),
  ])
  return told.value === null ? placeAt(target, dn) : { nativeId: told.value, label: dn }
}

function baseFor({ directory: { config } }: Target, enabled: boolean): string {
  return !enabled && config.disable.by === 'move' ? config.disable.disabledBase : config.peopleBase
}

function entryAttributes(target: Target, draft: Draft, password: string | undefined): Attribute[] {
  const { directory } = target
  const { config } = directory
  const { objectClass = [], ...attributes } = draft.attributes
  const classes = new Map([...config.objectClasses, ...objectClass].map((value) => [String(value).toLowerCase(), value]))
  return [
    toAttribute(directory, 'objectClass', [...classes.values()]),
    ...Object.entries(attributes).map(([name, values]) => toAttribute(directory, name, values)),
    ...stateOf(target, draft.enabled),
    ...(password === undefined ? [] : [textAttribute(config.passwordAttribute, [password])]),
  ]
}

export function stateOf({ directory }: Target, enabled: boolean): Attribute[] {
  return stateAttributes(directory.config, enabled)
    .filter(({ values }) => values.length > 0)
    .map(({ name, values }) => toAttribute(directory, name, values))
}

export async function add(
  { wire }: Target,
  dn: string,
  attributes: Attribute[],
  password: boolean,
  controls: Control[] = [],
): Promise<void> {
  await judged(wire, 'adding the entry', password, (client, policy) => client.add(dn, attributes, [...controls, ...policy]))
}

/** Whatever goes wrong now, the entry is there. */
export async function placeAt({ wire, directory }: Target, dn: string): Promise<Place> {
  const place = await placeOf(wire, directory, dn).catch((cause: unknown) => {
    throw new GatewayError('unknown_outcome', 'the entry was added, but could not be read back', { cause, sent: 'yes' })
  })
  if (place === null) throw new GatewayError('unknown_outcome', 'the entry was added, but is not there', { sent: 'yes' })
  return place
}

/** Entry, name, groups and password last: its policy is the likeliest to refuse, and the hardest to put back. */
export async function modifyAccount(
  target: Target,
  current: Account,
  writes: Writes,
  secrets: Readonly<Record<string, string>>,
): Promise<void> {
  const { wire, directory } = target
  const { config } = directory
  refuseUnwritable(
    directory,
    writes.attributes.map(({ attribute }) => attribute),
    writes.secrets,
  )
  refuseForeignGroups(config.groupBase, [...writes.memberships.add, ...writes.memberships.remove])
  const password = writes.secrets[0] === undefined ? undefined : secrets[writes.secrets[0]]
  const inEntry = config.passwordMode === 'modify' ? password : undefined
  const naming = writes.attributes.find((write) => isNaming(directory, write))
  const to = newLabel(target, current, naming, writes.enabled)
  const plain = toChanges(directory, writes).length > 0 || inEntry !== undefined
  if (!plain && to === current.label) await assertUnchanged(target, current, 'state')

  let label = current.label
  await allOrNothing([
    ...(plain ? [entryPart(target, current, writes, inEntry)] : []),
    ...(to === current.label ? [] : [renamePart(target, current, to, plain ? 'identity' : 'state', (now) => (label = now))]),
    ...(naming === undefined ? [] : [namingPart(target, current, to, naming)]),
    ...membershipParts(wire, directory, () => label, writes.memberships),
    ...(password === undefined || inEntry !== undefined
      ? []
      : [{ run: () => setPassword(target, label, password), undo: async () => undefined }]),
  ])
}

function newLabel(target: Target, current: Account, naming: AttributeWrite | undefined, enabled: Writes['enabled']): string {
  const { directory } = target
  const { config } = directory
  const rdn = rdnOf(current.label)
  const only = rdn.length === 1 ? rdn[0] : undefined
  if (naming !== undefined && only?.type.toLowerCase() !== config.rdnAttribute.toLowerCase())
    throw new GatewayError('unsupported', `the entry is not named by ${config.rdnAttribute} alone and cannot be renamed here`, {
      sent: 'no',
    })
  const parent = parentDn(current.label)
  if (config.disable.by !== 'move' || enabled === null) {
    return naming === undefined
      ? current.label
      : canonicalDn(childDn(config.rdnAttribute, namingValue(directory, current.label, naming), parent))
  }
  // Where it would be moved to, it may stand already.
  if (![enabled.before, enabled.after].some((state) => dnKey(parent) === dnKey(baseFor(target, state))))
    throw new GatewayError('unsupported', 'the entry stands deeper than the base: moving it would lose its place', {
      sent: 'no',
      hint: phrases.severalUnits,
    })
  const value = naming === undefined ? (only?.value ?? '') : namingValue(directory, current.label, naming)
  return canonicalDn(childDn(only?.type ?? config.rdnAttribute, value, baseFor(target, enabled.after)))
}

function entryPart(target: Target, current: Account, writes: Writes, password: string | undefined): Part {
  const { directory } = target
  const { passwordAttribute } = directory.config
  const withPassword = (values: readonly string[] | undefined) =>
    values === undefined ? [] : [replacingTexts(passwordAttribute, values)]
  const old = current.secrets?.[passwordAttribute] ?? ''
  return {
    run: () =>
      modifyEntry(
        target,
        current,
        [...toChanges(directory, writes), ...withPassword(password === undefined ? undefined : [password])],
        {
          condition: 'state',
          password: password !== undefined,
        },
      ),
    undo: () =>
      modifyEntry(
        target,
        current,
        [...toChanges(directory, inverse(writes)), ...withPassword(password === undefined ? undefined : unpacked(old))],
        {
          condition: 'identity',
        },
      ),
  }
}

function inverse(writes: Writes): Writes {
  return {
    ...writes,
    attributes: writes.attributes.map(({ before, after, ...rest }) => ({ ...rest, before: after, after: before })),
    enabled: writes.enabled === null ? null : { before: writes.enabled.after, after: writes.enabled.before },
  }
}

/** Groups name their members by DN or login: where no overlay does it, they are told of the new name. */
function renamePart(
  target: Target,
  current: Account,
  to: string,
  condition: 'state' | 'identity',
  moved: (label: string) => void,
): Part {
  const { wire, directory } = target
  const { groupAttribute } = directory.config
  const keyAt = (label: string) => memberKey(groupAttribute, memberValue(directory, label))
  const follow = async (from: string, now: string) => {
    moved(now)
    // The same member to the group (another unit, another case): leaving under the old name would leave altogether.
    if (keyAt(from) === keyAt(now)) return
    for (const group of current.memberships) {
      await join(wire, directory, group, now)
      await leave(wire, directory, group, from)
    }
  }
  return {
    run: async () => {
      await renameEntry(target, current, current.label, to, condition)
      await followOrReturn(
        () => follow(current.label, to),
        () => renameEntry(target, current, to, current.label, 'identity'),
      )
    },
    undo: async () => {
      await renameEntry(target, current, to, current.label, 'identity')
      await follow(to, current.label)
    },
  }
}

async function followOrReturn(follow: () => Promise<void>, goBack: () => Promise<void>): Promise<void> {
  await allOrNothing([
    { run: async () => undefined, undo: goBack },
    { run: follow, undo: async () => undefined },
  ])
}

/** A rename replaces one value; the others of a multi-valued naming attribute are written here. */
function namingPart(target: Target, current: Account, label: string, naming: AttributeWrite): Part {
  const { directory } = target
  const needed = naming.before.length > 1 || naming.after.length > 1
  const write = (values: AttributeWrite['after']) =>
    needed
      ? modifyEntry(target, current, [replacing(directory, naming.attribute, values)], { condition: 'identity', label })
      : Promise.resolve()
  // The rename is put back after this, and needs the value that it made.
  return { run: () => write(naming.after), undo: () => write([...new Set([...naming.before, ...naming.after])]) }
}

/** Leaves the groups, then deletes: the other way round, a crash in between leaves the name in groups for whoever gets it next. */
export async function removeAccount(target: Target, current: Account): Promise<void> {
  const { wire, directory } = target
  await assertUnchanged(target, current, 'state')
  await allOrNothing([
    ...membershipParts(wire, directory, () => current.label, { add: [], remove: current.memberships }),
    { run: () => deleteEntry(target, current, 'state'), undo: async () => undefined },
  ])
}

export function replacingTexts(type: string, values: readonly string[]): Change {
  return new Change({ operation: 'replace', modification: textAttribute(type, values) })
}
