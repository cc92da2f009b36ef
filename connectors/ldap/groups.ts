/**
 * Memberships, which a directory keeps on the group's side. They are looked up in the groups themselves, so that directories
 * without the memberof overlay work the same.
 */
import { Attribute, Change } from 'ldapts'
import type { Part } from '#connectors/kit/all-or-nothing.ts'
import { canonicalDn, dnKey, rdnOf } from '#connectors/kit/ldap/dn.ts'
import { allEqual, textsOf } from '#connectors/kit/ldap/entries.ts'
import { runUnless, type Wire } from '#connectors/kit/ldap/wire.ts'
import type { Directory } from './directory.ts'

/** How a group names its member: by DN, or by login. */
export function memberValue({ config }: Directory, label: string): string {
  return config.groupAttribute === 'memberUid' ? (rdnOf(label)[0]?.value ?? '') : label
}

/** The groups below the base that hold the entry. */
export async function groupsOf(wire: Wire, directory: Directory, label: string): Promise<readonly string[]> {
  const { groupBase, groupAttribute } = directory.config
  if (groupBase === null) return []
  const filter = allEqual([[groupAttribute, memberValue(directory, label)]])
  const { searchEntries } = await wire.run({ doing: 'reading the groups', kind: 'read' }, (client) =>
    client.search(groupBase, { scope: 'sub', filter, attributes: ['1.1'] }),
  )
  return searchEntries.map(({ dn }) => canonicalDn(dn))
}

/** Member (as `memberKey` sees it) → groups, for reading many accounts at once. */
export async function allMemberships(wire: Wire, { config }: Directory): Promise<ReadonlyMap<string, readonly string[]>> {
  const byMember = new Map<string, string[]>()
  const { groupBase, groupAttribute } = config
  if (groupBase === null) return byMember
  const { searchEntries } = await wire.run({ doing: 'reading the groups', kind: 'read' }, (client) =>
    client.search(groupBase, {
      scope: 'sub',
      filter: `(${groupAttribute}=*)`,
      attributes: [groupAttribute],
      paged: { pageSize: 100 },
    }),
  )
  for (const entry of searchEntries) {
    for (const member of textsOf(entry, groupAttribute)) {
      const key = memberKey(groupAttribute, member)
      byMember.set(key, [...(byMember.get(key) ?? []), canonicalDn(entry.dn)])
    }
  }
  return byMember
}

/** memberUid compares exactly (RFC 2307 §3); DNs do not. */
export function memberKey(groupAttribute: string, member: string): string {
  return groupAttribute === 'memberUid' ? member : dnKey(member)
}

/** Joining and leaving as parts that can be put back. `label` is asked late: an earlier part may rename the entry. */
export function membershipParts(
  wire: Wire,
  directory: Directory,
  label: () => string,
  { add, remove }: { readonly add: readonly string[]; readonly remove: readonly string[] },
): readonly Part[] {
  return [
    ...add.map((group) => {
      let joined = false
      return {
        run: async () => void (joined = await join(wire, directory, group, label())),
        undo: async () => void (joined && (await leave(wire, directory, group, label()))),
      }
    }),
    ...remove.map((group) => {
      let left = false
      return {
        run: async () => void (left = await leave(wire, directory, group, label())),
        undo: async () => void (left && (await join(wire, directory, group, label()))),
      }
    }),
  ]
}

const typeOrValueExists = 20
const noSuchAttribute = 16
const noSuchObject = 32
const objectClassViolation = 65

/** Adds the member; false when it was there. The placeholder of an empty group goes with the first real member. */
export async function join(wire: Wire, directory: Directory, group: string, label: string): Promise<boolean> {
  const member = memberValue(directory, label)
  const { emptyGroupMember } = directory.config
  const attempt = { doing: 'adding to a group', kind: 'write' } as const
  if (emptyGroupMember !== null) {
    const code = await runUnless(wire, [noSuchAttribute, typeOrValueExists], attempt, (client) =>
      client.modify(group, [change('add', directory, member), change('delete', directory, emptyGroupMember)]),
    )
    if (code !== noSuchAttribute) return code === null
  }
  const code = await runUnless(wire, [typeOrValueExists], attempt, (client) =>
    client.modify(group, change('add', directory, member)),
  )
  return code === null
}

/** Takes the member away; false when it was not there. Throws `invalid` for the last member of a groupOfNames without placeholder. */
export async function leave(wire: Wire, directory: Directory, group: string, label: string): Promise<boolean> {
  const member = memberValue(directory, label)
  const { emptyGroupMember } = directory.config
  const attempt = { doing: 'removing from a group', kind: 'write' } as const
  const gone = [noSuchAttribute, noSuchObject]
  const tolerated = emptyGroupMember === null ? gone : [...gone, objectClassViolation]
  const code = await runUnless(wire, tolerated, attempt, (client) => client.modify(group, change('delete', directory, member)))
  if (code !== objectClassViolation || emptyGroupMember === null) return code === null
  const swap = [change('add', directory, emptyGroupMember), change('delete', directory, member)]
  return (await runUnless(wire, gone, attempt, (client) => client.modify(group, swap))) === null
}

function change(operation: 'add' | 'delete', { config }: Directory, member: string): Change {
  return new Change({ operation, modification: new Attribute({ type: config.groupAttribute, values: [Buffer.from(member)] }) })
}
