/** Reading accounts: one by its id or by what correlates, or all of them in pages. */
import type { Entry, Filter, SearchOptions } from 'ldapts'
import type { Account, AccountKey } from '#core/account.ts'
import { GatewayError } from '#core/errors.ts'
import { correlationOf } from '#connectors/kit/correlation.ts'
import { allEqual, searchInPages } from '#connectors/kit/ldap/entries.ts'
import type { Wire } from '#connectors/kit/ldap/wire.ts'
import type { Directory } from './directory.ts'
import { allMemberships, groupsOf, memberKey, memberValue } from './groups.ts'
import { toAccount } from './mapping.ts'
import { phrases } from './phrases.ts'

/** Finds one account below the bases. Throws `ambiguous` on two, `config` for a vague key or a base that is not there. */
export async function findAccount(wire: Wire, directory: Directory, key: AccountKey): Promise<Account | null> {
  const entries: Entry[] = []
  for (const base of directory.bases) entries.push(...(await search(wire, directory, base, keyFilter(directory, key))))
  const [entry, another] = entries
  if (another !== undefined)
    throw new GatewayError('ambiguous', 'several entries match the correlating attributes', {
      sent: 'yes',
      hint: phrases.unique,
    })
  return entry === undefined ? null : toAccount(directory, entry, await groupsOf(wire, directory, entry.dn))
}

/** The account that stands at a DN, if any. */
export async function accountAt(wire: Wire, directory: Directory, dn: string): Promise<Account | null> {
  const entry = await entryAt(wire, directory, dn)
  return entry === null ? null : toAccount(directory, entry, await groupsOf(wire, directory, entry.dn))
}

/** The id of what stands at a DN, if anything does; its groups are not looked for. */
export async function placeOf(wire: Wire, directory: Directory, dn: string): Promise<Pick<Account, 'nativeId' | 'label'> | null> {
  const entry = await entryAt(wire, directory, dn)
  if (entry === null) return null
  const { nativeId, label } = toAccount(directory, entry, [])
  return { nativeId, label }
}

async function entryAt(wire: Wire, directory: Directory, dn: string): Promise<Entry | null> {
  const options = { ...everything(directory), scope: 'base', filter: '(objectClass=*)' } as const
  const found = await wire.run({ doing: 'reading the entry', kind: 'read' }, (client) =>
    client.search(dn, options).catch((error: unknown) => {
      if ((error as { code?: unknown }).code === 32) return { searchEntries: [] }
      throw error
    }),
  )
  return found.searchEntries[0] ?? null
}

function keyFilter({ config, spelling }: Directory, key: AccountKey): Filter {
  if (key.nativeId !== null) return allEqual([[config.idAttribute, key.nativeId]])
  return allEqual(
    correlationOf(key).flatMap(([name, values]) =>
      values.map((value) => {
        const written = spelling.value(name, value)
        return [name, typeof written === 'boolean' ? String(written).toUpperCase() : String(written)] as const
      }),
    ),
  )
}

function everything({ schema }: Directory): SearchOptions {
  return { attributes: ['*', '+'], explicitBufferAttributes: [...schema.binaryNames] }
}

async function search(wire: Wire, directory: Directory, base: string, filter: Filter): Promise<readonly Entry[]> {
  try {
    const options = { ...everything(directory), scope: 'sub', filter, sizeLimit: 2 } as const
    const { searchEntries } = await wire.run({ doing: 'looking for the account', kind: 'read' }, (client) =>
      client.search(base, options),
    )
    return searchEntries
  } catch (error) {
    throw missingBase(error, base)
  }
}

function missingBase(error: unknown, base: string): unknown {
  if (!(error instanceof GatewayError) || error.code !== 'not_found') return error
  return new GatewayError('config', `the base ${base} does not exist, or the service account may not see it`, {
    sent: 'no',
    vendorCode: 'LDAP 32',
  })
}

/** All accounts below the bases by simple paged results (RFC 2696); entries without the naming attribute (units) are none. */
export async function* listAccounts(wire: Wire, directory: Directory, pageSize: number): AsyncGenerator<readonly Account[]> {
  const { groupAttribute, rdnAttribute } = directory.config
  const memberships = await allMemberships(wire, directory)
  const filter = `(${rdnAttribute}=*)`
  for (const base of directory.bases) {
    const options = { ...everything(directory), scope: 'sub', filter, paged: { pageSize } } as const
    for await (const page of searchInPages(wire, base, options)) {
      const accounts = page.map((entry) =>
        toAccount(directory, entry, memberships.get(memberKey(groupAttribute, memberValue(directory, entry.dn))) ?? []),
      )
      if (accounts.length > 0) yield accounts
    }
  }
}
