/**
 * Memberships, which are written on the group's side and read on the account's. The primary group is one, too, although no list of members shows it.
 */
import type { Entry, ResultCodeError } from 'ldapts'
import { GatewayError } from '#core/errors.ts'
import type { Part } from '#connectors/kit/all-or-nothing.ts'
import { dnKey, isUnder } from '#connectors/kit/ldap/dn.ts'
import { textsOf } from '#connectors/kit/ldap/entries.ts'
import type { Wire } from '#connectors/kit/ldap/wire.ts'
import type { Directory } from './directory.ts'
import { bytesOf, change, texts } from './mapping.ts'
import { guidDn, primaryGroupDn } from './native-id.ts'
import { windowsCode } from './errors.ts'
import { phrases } from './phrases.ts'

/** The groups below the base that hold the account. */
export async function groupsOf(wire: Wire, { config: { groupBase } }: Directory, entry: Entry): Promise<readonly string[]> {
  if (groupBase === null) return []
  const primary = await primaryGroupOf(wire, entry)
  return [...textsOf(entry, 'memberOf'), ...(primary === null ? [] : [primary])].filter((group) => isUnder(group, groupBase))
}

/** Null for the group of everybody, which nearly all accounts have and which rules do not give. */
async function primaryGroupOf(wire: Wire, entry: Entry): Promise<string | null> {
  const relativeId = textsOf(entry, 'primaryGroupID')[0]
  if (relativeId === undefined || relativeId === domainUsers) return null
  const dn = primaryGroupDn(bytesOf(entry, 'objectSid'), relativeId)
  const { searchEntries } = await wire.run({ doing: 'reading the primary group', kind: 'read' }, (client) =>
    client.search(dn, { scope: 'base', attributes: ['1.1'] }).catch(unlessMissing),
  )
  return searchEntries[0]?.dn ?? null
}

/** Relative id of Domain Users ([MS-DTYP] §2.4.2.4). */
export const domainUsers = '513'

export function unlessMissing(error: unknown): { searchEntries: Entry[] } {
  if ((error as { code?: unknown }).code === 32) return { searchEntries: [] }
  throw error
}

/** Joining and leaving as parts that can be put back. Throws `unsupported` from a part that would leave the primary group. */
export function membershipParts(
  wire: Wire,
  nativeId: string,
  { add, remove }: { readonly add: readonly string[]; readonly remove: readonly string[] },
): readonly Part[] {
  return [
    ...add.map((group) =>
      part(
        () => join(wire, nativeId, group),
        () => leave(wire, nativeId, group),
      ),
    ),
    ...remove.map((group) =>
      part(
        () => leaveForGood(wire, nativeId, group),
        () => join(wire, nativeId, group),
      ),
    ),
  ]
}

function part(run: () => Promise<boolean>, undo: () => Promise<boolean>): Part {
  let changed = false
  return { run: async () => void (changed = await run()), undo: async () => void (changed && (await undo())) }
}

/** Adds the member; false when it was there, or the group is its primary one. */
export async function join(wire: Wire, nativeId: string, group: string): Promise<boolean> {
  return unlessAlready(
    wire,
    { doing: 'adding to a group', codes: [68, 20] },
    group,
    change('add', texts('member', guidDn(nativeId))),
  )
}

/** Takes the member away; false when it was not there. */
export async function leave(wire: Wire, nativeId: string, group: string): Promise<boolean> {
  const member = change('delete', texts('member', guidDn(nativeId)))
  return unlessAlready(wire, { doing: 'removing from a group', codes: [53, 16, 32] }, group, member)
}

async function leaveForGood(wire: Wire, nativeId: string, group: string): Promise<boolean> {
  if (await leave(wire, nativeId, group)) return true
  const { searchEntries } = await wire.run({ doing: 'reading the primary group', kind: 'read' }, (client) =>
    client.search(guidDn(nativeId), {
      scope: 'base',
      attributes: ['objectSid', 'primaryGroupID'],
      explicitBufferAttributes: ['objectSid'],
    }),
  )
  const primary = searchEntries[0] === undefined ? null : await primaryGroupOf(wire, searchEntries[0])
  if (primary !== null && dnKey(primary) === dnKey(group))
    throw new GatewayError('unsupported', 'a group to leave is the primary group of the account', {
      sent: 'no',
      hint: phrases.primaryGroup({ group: String(domainUsers) }),
    })
  return false
}

/** 53 and 68 have other reasons, too, for which there are Windows codes: being a member, or none, has these or no code at all. */
const membershipCodes = new Set([null, '00000528', '00000529', '00000561', '00000562'])

function unlessAlready(
  wire: Wire,
  { doing, codes }: { readonly doing: string; readonly codes: readonly number[] },
  group: string,
  member: ReturnType<typeof change>,
): Promise<boolean> {
  return wire.run({ doing, kind: 'write' }, (client) =>
    client.modify(group, member).then(
      () => true,
      (error: ResultCodeError) => {
        const isAlready = codes.includes(error.code) && (error.code === 32 || membershipCodes.has(windowsCode(error)))
        if (isAlready) return false
        throw error
      },
    ),
  )
}
