/**
 * Bringing a deleted account back from where the domain keeps what was deleted, under the objectGUID and the SID that it had: what other systems know
 * it by. Its password is lost, and what no rule can write; without the right to it, or when it is gone for good, it is made anew.
 */
import { Control, type Entry } from 'ldapts'
import type { Account } from '#core/account.ts'
import { GatewayError, isGatewayError } from '#core/errors.ts'
import { allOrNothing } from '#connectors/kit/all-or-nothing.ts'
import { accountDifferences } from '#connectors/kit/compare.ts'
import { textsOf } from '#connectors/kit/ldap/entries.ts'
import { identical } from '#connectors/kit/spelling.ts'
import { unknownPassword } from '#connectors/kit/unknown-password.ts'
import { createAccount, removeEntry, type Place } from './changes.ts'
import { controlAfter, controlChanges, modifyEntry, moveEntry, mustChangeChange, type Target } from './entry.ts'
import { join, unlessMissing } from './groups.ts'
import { accountOf, readAt, readEntry } from './lookup.ts'
import { change, controlOf, isOwn, texts, toAccount, toAttribute } from './mapping.ts'
import { guidDn } from './native-id.ts'
import { passwordChange, refuseClearPassword } from './password.ts'
import { ownAttributes } from './schema.ts'

/** Shows what was deleted, and lets it be written ([MS-ADTS] §3.1.1.3.4.1.14). */
const showDeleted = () => new Control('1.2.840.113556.1.4.417', { critical: true })

export async function restoreAccount(target: Target, account: Account): Promise<Place> {
  const { wire, directory } = target
  const there = await readEntry(wire, directory, account.nativeId)
  if (there !== null) return sameOrRefused(target, account, await accountOf(wire, directory, there))
  const deleted = await readDeleted(target, account.nativeId)
  if (deleted !== null && (await reanimated(target, account, deleted))) return complete(target, account)
  return anew(target, account)
}

function sameOrRefused({ directory }: Target, account: Account, there: Account): Place {
  const { secrets: _lost, ...expected } = account
  if (accountDifferences(expected, there, directory.spelling).length > 0)
    throw new GatewayError('exists', 'the account is there already, and is not as it was', { sent: 'no' })
  return there
}

async function readDeleted({ wire }: Target, nativeId: string): Promise<string | null> {
  const { searchEntries } = await wire.run({ doing: 'looking for the deleted account', kind: 'read' }, (client) =>
    client
      .search(guidDn(nativeId), { scope: 'base', filter: '(isDeleted=TRUE)', attributes: ['1.1'] }, [showDeleted()])
      .catch(unlessMissing),
  )
  return searchEntries[0]?.dn ?? null
}

/** False when the service account may not do it. */
async function reanimated({ wire }: Target, { label }: Account, deleted: string): Promise<boolean> {
  const changes = [change('delete', texts('isDeleted')), change('replace', texts('distinguishedName', label))]
  try {
    await wire.run({ doing: 'bringing the account back', kind: 'write' }, (client) =>
      client.modify(deleted, changes, [showDeleted()]),
    )
    return true
  } catch (error) {
    if (isGatewayError(error) && (error.code === 'denied' || error.code === 'unsupported')) return false
    throw error
  }
}

/** Whoever came back is disabled, bare, and a member of nothing. */
async function complete(target: Target, account: Account): Promise<Place> {
  const { nativeId, label } = account
  await allOrNothing([
    { run: async () => undefined, undo: () => removeEntry(target, nativeId) },
    {
      // The controller takes the DN as it was written here; a move makes it one of the domain's spelling.
      run: () => moveEntry(target, nativeId, label).then(() => fill(target, account)),
      undo: async () => undefined,
    },
  ])
  for (const group of account.memberships) await joinIfThere(target.wire, nativeId, group)
  return { nativeId, label }
}

async function fill(target: Target, account: Account): Promise<void> {
  const { wire, directory } = target
  const entry = await readEntry(wire, directory, account.nativeId)
  if (entry === null) throw new GatewayError('unknown_outcome', 'the account was brought back, but is not there', { sent: 'yes' })
  await modifyEntry(target, account.nativeId, missingProperties(target, account, entry))
  if (account.enabled) {
    refuseClearPassword(directory)
    await modifyEntry(target, account.nativeId, [passwordChange(unknownPassword())], 'password')
  }
  const now = await readEntry(wire, directory, account.nativeId)
  const control = controlOf(now ?? entry)
  const attributes = Object.entries(account.attributes).map(([attribute, after]) => ({
    ...{ attribute, before: [], after },
    multivalued: 'replace' as const,
  }))
  const next = controlAfter(control, { attributes, enabled: { before: false, after: account.enabled } })
  const mustChange = account.enabled && account.attributes[ownAttributes.mustChangePassword]?.[0] === true
  await modifyEntry(target, account.nativeId, [...controlChanges(control, next), ...(mustChange ? [mustChangeChange(true)] : [])])
}

function missingProperties({ directory }: Target, account: Account, entry: Entry) {
  const there = toAccount(directory, entry, [])
  const names = new Set([...Object.keys(account.attributes), ...Object.keys(there.attributes), 'accountExpires'])
  return [...names]
    .filter((name) => name !== 'cn' && !isOwn(name))
    .filter((name) => {
      const [wanted, found] = [account.attributes[name] ?? [], there.attributes[name] ?? []]
      // "Never" comes back as another number than it was.
      const isOtherNever = name === 'accountExpires' && textsOf(entry, name)[0] === '0'
      return isOtherNever || !identical(directory.spelling, name, wanted, found)
    })
    .map((name) => change('replace', toAttribute(directory, name, account.attributes[name] ?? [])))
}

async function joinIfThere(wire: Target['wire'], nativeId: string, group: string): Promise<void> {
  await join(wire, nativeId, group).catch((error: unknown) => {
    if (!isGatewayError(error) || error.code !== 'not_found') throw error
  })
}

/** Under a new id, which the undo reports. An earlier try whose reply was lost is recognised by being the same in everything else. */
async function anew(target: Target, account: Account): Promise<Place> {
  const { wire, directory } = target
  const inPlace = await readAt(wire, directory, account.label)
  if (inPlace !== null) return sameOrRefused(target, account, await accountOf(wire, directory, inPlace))
  const place = await createAccount(target, {
    ...{ attributes: account.attributes, enabled: account.enabled },
    ...{ memberships: [], secrets: {} },
  })
  for (const group of account.memberships) await joinIfThere(wire, place.nativeId, group)
  return place
}
