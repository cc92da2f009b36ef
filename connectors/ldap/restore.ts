/**
 * Bringing back what was: a deleted entry with its password hash and its groups, or an old password. Safe twice, because the
 * reply to either may be lost.
 */
import { Attribute } from 'ldapts'
import type { Account } from '#core/account.ts'
import { isGatewayError } from '#core/errors.ts'
import { accountDifferences } from '#connectors/kit/compare.ts'
import { emptyWrites } from '#connectors/kit/converge.ts'
import { add, modifyAccount, placeAt, replacingTexts, stateOf, type Place } from './changes.ts'
import { RelaxControl } from './controls.ts'
import { modifyEntry, type Target } from './entry.ts'
import { join } from './groups.ts'
import { accountAt } from './lookup.ts'
import { refuseUnwritable, textAttribute, toAttribute, unpacked } from './mapping.ts'

/**
 * Adds the entry again with the password hash and the groups it had; under its old entryUUID where the server and the
 * rights allow. Groups that are gone meanwhile are left out.
 */
export async function restoreAccount(target: Target, account: Account): Promise<Place> {
  const { wire, directory } = target
  const dn = account.label
  try {
    await addAgain(target, account)
  } catch (error) {
    if (!isGatewayError(error) || error.code !== 'exists') throw error
    const there = await accountAt(wire, directory, dn)
    if (there === null || !isLike(target, account, there)) throw error
  }
  for (const group of account.memberships) {
    await join(wire, directory, group, dn).catch((error: unknown) => {
      if (!isGatewayError(error) || error.code !== 'not_found') throw error
    })
  }
  return placeAt(target, dn)
}

function isLike({ directory }: Target, account: Account, there: Account): boolean {
  const differences = accountDifferences(account, { ...there, memberships: account.memberships }, directory.spelling)
  return differences.length === 0
}

async function addAgain(target: Target, account: Account): Promise<void> {
  const { directory } = target
  const { config } = directory
  const hashes = unpacked(account.secrets?.[config.passwordAttribute] ?? '')
  const attributes = [
    ...Object.entries(account.attributes).map(([name, values]) => toAttribute(directory, name, values)),
    ...stateOf(target, account.enabled),
    ...(hashes.length === 0 ? [] : [textAttribute(config.passwordAttribute, hashes)]),
  ]
  if (config.idAttribute === 'entryUUID') {
    const identity = new Attribute({ type: 'entryUUID', values: [account.nativeId] })
    try {
      return await add(target, account.label, [...attributes, identity], false, [new RelaxControl()])
    } catch (error) {
      // Servers hide this control from the root entry, so it is tried: without it, or the right to it, the entry gets a new id.
      if (!isGatewayError(error) || error.code === 'exists' || error.code === 'unknown_outcome' || error.code === 'transient')
        throw error
    }
  }
  await add(target, account.label, attributes, false)
}

/** Writes old password values (hashes) back as they were; the empty text means that there was none. */
export async function restorePasswords(
  target: Target,
  current: Account,
  secrets: Readonly<Record<string, string>>,
): Promise<void> {
  const { directory } = target
  refuseUnwritable(directory, [], Object.keys(secrets))
  const { passwordAttribute } = directory.config
  const changes = Object.values(secrets).map((secret) => replacingTexts(passwordAttribute, unpacked(secret)))
  await modifyEntry(target, current, changes, { condition: 'state', password: true })
}

/**
 * Sets a password that nobody knows and, where the server has password policies, has it changed at the next login (pwdReset,
 * draft-behera-ldap-password-policy §5.3.7). Not every service account may write that mark: the password counts.
 */
export async function resetPassword(target: Target, current: Account, attribute: string, password: string): Promise<void> {
  await modifyAccount(target, current, { ...emptyWrites, secrets: [attribute] }, { [attribute]: password })
  if (target.directory.schema.attribute('pwdReset') === null) return
  try {
    await modifyEntry(target, current, [replacingTexts('pwdReset', ['TRUE'])], { condition: 'identity' })
  } catch (error) {
    if (!isGatewayError(error) || !['denied', 'invalid', 'policy'].includes(error.code)) throw error
  }
}
