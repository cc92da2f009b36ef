/**
 * Writing to one account. It is named by its objectGUID, so a write never reaches whoever has its DN by now; and because a domain controller
 * knows no conditional writes, it is looked at just before, and its bits are exchanged and not set.
 */
import type { Change, Entry } from 'ldapts'
import type { Account, Writes } from '#core/account.ts'
import { GatewayError, isGatewayError } from '#core/errors.ts'
import { childDn, canonicalDn, isUnder, parentDn, rdnOf } from '#connectors/kit/ldap/dn.ts'
import type { Attempt } from '#connectors/kit/ldap/network-error.ts'
import type { Wire } from '#connectors/kit/ldap/wire.ts'
import { refuseChanged } from '#connectors/kit/unchanged.ts'
import { disabledBit, flagBits, flags, withBit } from './account-control.ts'
import type { Directory } from './directory.ts'
import { accountOf, readEntry } from './lookup.ts'
import { change, texts } from './mapping.ts'
import { guidDn } from './native-id.ts'
import { phrases } from './phrases.ts'
import { ownAttributes } from './schema.ts'

export interface Target {
  readonly wire: Wire
  readonly directory: Directory
}

/** The entry as it is now. Throws `stale` or `not_found` when it is not as in `current`. */
export async function readUnchanged({ wire, directory }: Target, current: Account): Promise<Entry> {
  const entry = await readEntry(wire, directory, current.nativeId)
  refuseChanged(current, entry === null ? null : await accountOf(wire, directory, entry), directory.spelling)
  return entry ?? { dn: current.label }
}

/** Throws `stale` when a value that the changes take away is no longer there. */
export async function modifyEntry(
  { wire }: Target,
  nativeId: string,
  changes: readonly Change[],
  kind: Attempt['kind'] = 'write',
): Promise<void> {
  if (changes.length === 0) return
  try {
    const doing = kind === 'password' ? 'setting the password' : 'changing the account'
    await wire.run({ doing, kind }, (client) => client.modify(guidDn(nativeId), [...changes]))
  } catch (error) {
    if (!isGatewayError(error) || error.code !== 'already') throw error
    throw new GatewayError('stale', 'the account changed while it was written', { cause: error, sent: 'yes' })
  }
}

/** Renames or moves. Throws `invalid` when the unit to move to does not exist. */
export async function moveEntry({ wire, directory }: Target, nativeId: string, to: string): Promise<void> {
  try {
    await wire.run({ doing: 'moving the account', kind: 'write' }, (client) => client.modifyDN(guidDn(nativeId), to))
  } catch (error) {
    if (!isGatewayError(error) || error.code !== 'not_found') throw error
    throw (await readEntry(wire, directory, nativeId)) === null ? error : missingUnit(error)
  }
}

export function missingUnit(cause: unknown): GatewayError {
  return new GatewayError('invalid', 'the unit that parent names does not exist', {
    ...{ cause, sent: 'yes', at: ownAttributes.parent },
    hint: phrases.unit,
  })
}

/** Where an account of that name stands in that unit. Throws `config` for a unit that is not the target's. */
export function placeIn({ bases }: Directory, name: string, parent: string): string {
  if (!bases.some((base) => isUnder(parent, base)))
    throw new GatewayError('config', 'the unit that parent names is not below a base of the target', {
      ...{ sent: 'no', at: ownAttributes.parent },
      hint: phrases.otherBases,
    })
  return canonicalDn(childDn('cn', name, parent))
}

/** The DN after the writes: they may rename, move, or both. */
export function placeAfter(directory: Directory, current: Account, writes: Writes): string {
  const valueOf = (attribute: string) => writes.attributes.find((write) => write.attribute === attribute)?.after[0]
  const name = valueOf('cn')
  const parent = valueOf(ownAttributes.parent)
  if (name === undefined && parent === undefined) return current.label
  return placeIn(directory, String(name ?? rdnOf(current.label)[0]?.value ?? ''), String(parent ?? parentDn(current.label)))
}

/** The bits that the writes name, all others as they were. */
export function controlAfter(control: number, { attributes, enabled }: Pick<Writes, 'attributes' | 'enabled'>): number {
  const withFlags = flags.reduce((bits, flag) => {
    const write = attributes.find(({ attribute }) => attribute === flag)
    return write === undefined ? bits : withBit(bits, flagBits[flag], write.after[0] === true)
  }, control)
  return enabled === null ? withFlags : withBit(withFlags, disabledBit, !enabled.after)
}

/** Exchanges the old bits for the new ones: refused when they are no longer the old ones. */
export function controlChanges(from: number, to: number): Change[] {
  const type = 'userAccountControl'
  return from === to ? [] : [change('delete', texts(type, String(from))), change('add', texts(type, String(to)))]
}

/** Whether the password must be changed at the next login: 0, or "set just now" ([MS-ADTS] §3.1.1.3.1.5.2). */
export function mustChangeChange(mustChange: boolean): Change {
  return change('replace', texts('pwdLastSet', mustChange ? '0' : '-1'))
}
