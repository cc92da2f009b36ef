/** Reading accounts: one by its id or by what correlates, or all of them in pages. */
import { EqualityFilter, AndFilter, type Entry, type SearchOptions } from 'ldapts'
import type { Account, AccountKey } from '#core/account.ts'
import { GatewayError, isGatewayError } from '#core/errors.ts'
import { correlationOf } from '#connectors/kit/correlation.ts'
import { searchInPages } from '#connectors/kit/ldap/entries.ts'
import type { Wire } from '#connectors/kit/ldap/wire.ts'
import { directoryPhrases } from '#connectors/kit/ldap/phrases.ts'
import type { Directory } from './directory.ts'
import { groupsOf, unlessMissing } from './groups.ts'
import { isOwn, toAccount, wireValues } from './mapping.ts'
import { guidDn, isGuid, toGuid } from './native-id.ts'
import { phrases } from './phrases.ts'
import { withAllValues } from './ranges.ts'

/** sAMAccountType of an account of a person or a service ([MS-SAMR] §2.2.1.9): the one indexed attribute that tells it from computers and groups. */
const userAccounts = new EqualityFilter({ attribute: 'sAMAccountType', value: Buffer.from('805306368') })

/** Finds one account. Throws `ambiguous` on two, `config` for a vague key or a base that is not there. */
export async function findAccount(wire: Wire, directory: Directory, key: AccountKey): Promise<Account | null> {
  const entry = key.nativeId === null ? await findByValues(wire, directory, key) : await readEntry(wire, directory, key.nativeId)
  return entry === null ? null : accountOf(wire, directory, entry)
}

export async function accountOf(wire: Wire, directory: Directory, entry: Entry): Promise<Account> {
  return toAccount(directory, entry, await groupsOf(wire, directory, entry))
}

/** The entry of an account by its id, wherever it stands; null when it is gone. */
export async function readEntry(wire: Wire, directory: Directory, nativeId: string): Promise<Entry | null> {
  if (!isGuid(nativeId)) return null
  return readAt(wire, directory, guidDn(nativeId))
}

/** The entry that stands at a DN, if any. */
export async function readAt(wire: Wire, directory: Directory, dn: string): Promise<Entry | null> {
  const { searchEntries } = await wire.run({ doing: 'reading the account', kind: 'read' }, (client) =>
    client.search(dn, { ...everything(directory), scope: 'base', filter: '(objectClass=user)' }).catch(unlessMissing),
  )
  const entry = searchEntries[0]
  return entry === undefined ? null : withAllValues(wire, dn, entry)
}

export function everything({ schema }: Directory): SearchOptions {
  return { attributes: ['*'], explicitBufferAttributes: [...schema.binaryNames] }
}

async function findByValues(wire: Wire, directory: Directory, key: AccountKey): Promise<Entry | null> {
  const filters = correlationOf(key).flatMap(([name, values]) => {
    if (isOwn(directory.spelling.attribute(name)))
      throw new GatewayError('config', `accounts cannot be found by ${name}`, { sent: 'no', at: name })
    return wireValues(directory, name, values).map((value) => new EqualityFilter({ attribute: name, value }))
  })
  const options = {
    ...everything(directory),
    scope: 'sub' as const,
    filter: new AndFilter({ filters: [userAccounts, ...filters] }),
  }
  const found: Entry[] = []
  for (const base of directory.bases) found.push(...(await searchBase(wire, base, options)))
  const [entry, another] = found
  if (another !== undefined) throw ambiguous()
  return entry === undefined ? null : withAllValues(wire, entry.dn, entry)
}

function ambiguous(): GatewayError {
  return new GatewayError('ambiguous', 'several accounts match the correlating attributes', {
    sent: 'yes',
    hint: phrases.unique,
  })
}

async function searchBase(wire: Wire, base: string, options: SearchOptions): Promise<readonly Entry[]> {
  try {
    const { searchEntries } = await wire.run({ doing: 'looking for the account', kind: 'read' }, (client) =>
      client.search(base, { ...options, sizeLimit: 2 }).catch((error: unknown) => {
        // Code 4: there are more than the two that were asked for.
        if ((error as { code?: unknown }).code === 4) throw ambiguous()
        throw error
      }),
    )
    return searchEntries
  } catch (error) {
    throw missingBase(error, base)
  }
}

/** What of an error says that a base of the settings is not there. */
export function missingBase(error: unknown, base: string): unknown {
  if (!isGatewayError(error) || error.code !== 'not_found') return error
  return new GatewayError('config', `the base ${base} does not exist, or the service account may not see it`, {
    sent: 'no',
    vendorCode: 'LDAP 32',
    hint: directoryPhrases.base({ base }),
  })
}

/** All accounts below the bases by simple paged results (RFC 2696), as `findAccount` would find them. */
export async function* listAccounts(wire: Wire, directory: Directory, pageSize: number): AsyncGenerator<readonly Account[]> {
  for (const base of directory.bases) {
    const options = { ...everything(directory), scope: 'sub' as const, filter: userAccounts, paged: { pageSize } }
    for await (const page of searchInPages(wire, base, options)) {
      const accounts: Account[] = []
      for (const entry of page) accounts.push(await accountOf(wire, directory, await withAllValues(wire, entry.dn, entry)))
      if (accounts.length > 0) yield accounts
    }
  }
}

/** The id of the object that stands at a DN. */
export async function guidAt(wire: Wire, dn: string): Promise<string | null> {
  const { searchEntries } = await wire.run({ doing: 'reading the id of the account', kind: 'read' }, (client) =>
    client
      .search(dn, { scope: 'base', attributes: ['objectGUID'], explicitBufferAttributes: ['objectGUID'] })
      .catch(unlessMissing),
  )
  const bytes = searchEntries[0]?.['objectGUID']
  return Buffer.isBuffer(bytes) ? toGuid(bytes) : null
}
