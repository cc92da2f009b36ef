/**
 * Writing to one entry, each time on the condition that it still is the entry that was read: its immutable id and, where the server
 * keeps one, the number of its last change are asserted together with the write (RFC 4528). A DN alone may belong to somebody else by now.
 */
import { PasswordPolicyControl, type Change, type Control } from 'ldapts'
import type { Account } from '#core/account.ts'
import { GatewayError, isGatewayError } from '#core/errors.ts'
import { allEqual } from '#connectors/kit/ldap/entries.ts'
import type { Wire } from '#connectors/kit/ldap/wire.ts'
import { AssertionControl, passwordModifyOid, passwordModifyValue } from './controls.ts'
import type { Directory } from './directory.ts'
import { toGatewayError } from './errors.ts'
import { findAccount } from './lookup.ts'

export interface Target {
  readonly wire: Wire
  readonly directory: Directory
}

/** `state`: as it was read; `identity`: the same entry, after a change of our own. */
export type Condition = 'state' | 'identity'

function conditionOf({ directory }: Target, { nativeId, version }: Account, condition: Condition) {
  const { idAttribute } = directory.config
  return allEqual([
    [idAttribute, nativeId],
    ...(condition === 'state' && version !== undefined ? [['entryCSN', version] as const] : []),
  ])
}

/** Throws `stale` or `not_found` unless the condition holds; for writes to other entries, and servers without assertions. */
export async function assertUnchanged(
  target: Target,
  current: Account,
  condition: Condition,
  label = current.label,
): Promise<void> {
  const filter = conditionOf(target, current, condition)
  const { searchEntries } = await target.wire.run({ doing: 'looking at the entry', kind: 'read' }, (client) =>
    client.search(label, { scope: 'base', filter, attributes: ['1.1'] }).catch((error: unknown) => {
      if ((error as { code?: unknown }).code === 32) return { searchEntries: [] }
      throw error
    }),
  )
  if (searchEntries.length === 0) throw await goneOrMoved(target, current)
}

async function goneOrMoved({ wire, directory }: Target, { nativeId }: Account): Promise<GatewayError> {
  const elsewhere = await findAccount(wire, directory, { nativeId, correlate: {} })
  return elsewhere === null
    ? new GatewayError('not_found', 'the entry is not there any more', { sent: 'no' })
    : new GatewayError('stale', 'the entry changed or moved since it was read', { sent: 'no' })
}

/**
 * Runs a write to the entry with the assertion, or after looking where the server has none. OpenLDAP's unique overlay applies
 * the assertion to its own searches and then answers 122 although the entry is as it was: so a refusal is looked into, and the write
 * is then made without the control.
 */
async function conditionally(
  target: Target,
  current: Account,
  { condition, label }: { readonly condition: Condition; readonly label: string },
  write: (controls: Control[]) => Promise<void>,
): Promise<void> {
  const { asserts } = target.directory
  try {
    if (asserts) return await write([new AssertionControl(conditionOf(target, current, condition))])
  } catch (error) {
    if (isGatewayError(error) && error.code === 'not_found') throw await goneOrMoved(target, current)
    if (!isGatewayError(error) || error.code !== 'stale') throw error
  }
  await assertUnchanged(target, current, condition, label)
  await write([])
}

export interface ModifyOptions {
  readonly condition: Condition
  /** The changes set a password, which policies judge. */
  readonly password?: boolean
  /** Where the entry is, if not where it was read. */
  readonly label?: string
}

export async function modifyEntry(target: Target, current: Account, changes: Change[], options: ModifyOptions): Promise<void> {
  if (changes.length === 0) return
  const { condition, password = false, label = current.label } = options
  await conditionally(target, current, { condition, label }, (controls) =>
    judged(target.wire, 'changing the entry', password, (client, policy) =>
      client.modify(label, changes, [...controls, ...policy]),
    ),
  )
}

export async function renameEntry(
  target: Target,
  current: Account,
  from: string,
  to: string,
  condition: Condition,
): Promise<void> {
  await conditionally(target, current, { condition, label: from }, (controls) =>
    target.wire.run({ doing: 'renaming the entry', kind: 'write' }, (client) => client.modifyDN(from, to, controls)),
  )
}

export async function deleteEntry(target: Target, current: Account, condition: Condition): Promise<void> {
  await conditionally(target, current, { condition, label: current.label }, (controls) =>
    target.wire.run({ doing: 'deleting the entry', kind: 'write' }, (client) => client.del(current.label, controls)),
  )
}

/** The Password Modify operation (RFC 3062): the server hashes, and its policy may refuse. */
export async function setPassword({ wire }: Target, dn: string, password: string): Promise<void> {
  await judged(wire, 'setting the password', true, async (client, policy) => {
    await client.exop(passwordModifyOid, passwordModifyValue(dn, password), policy)
  })
}

/** Asks the password policy for its reason, so that "refused" becomes "too short". */
export async function judged(
  wire: Wire,
  doing: string,
  password: boolean,
  write: (client: Parameters<Parameters<Wire['run']>[1]>[0], policy: Control[]) => Promise<void>,
): Promise<void> {
  if (!password) return wire.run({ doing, kind: 'write' }, (client) => write(client, []))
  const policy = new PasswordPolicyControl()
  await wire.run({ doing, kind: 'password' }, async (client) => {
    try {
      await write(client, [policy])
    } catch (error) {
      throw toGatewayError(error, { doing, kind: 'password', policyError: policy.value?.error })
    }
  })
}
