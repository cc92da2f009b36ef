/** Finding accounts by id or by what correlates, and listing all of them page by page. */
import type { Account, AccountKey } from '#core/account.ts'
import { GatewayError } from '#core/errors.ts'
import { correlationOf } from '#connectors/kit/correlation.ts'
import { missingFrom } from '#connectors/kit/spelling.ts'
import type { Api } from './api.ts'
import { isReadable } from './config.ts'
import { at, isValue, spelling, toAccount } from './mapping.ts'
import { phrases } from './phrases.ts'

export async function findAccount(api: Api, { nativeId, correlate }: AccountKey): Promise<Account | null> {
  if (!isReadable(api.config.operations)) return unseen(nativeId, { correlate })
  return nativeId === null ? correlated(api, correlate) : accountById(api, nativeId)
}

/** Of a system that cannot be read, what the ledger knows is all there is: an account of ours, of which nothing else can be said. */
function unseen(nativeId: string | null, key: Pick<AccountKey, 'correlate'>): Account | null {
  if (nativeId !== null) return { nativeId, label: nativeId, enabled: true, attributes: {}, memberships: [] }
  correlationOf(key)
  return null
}

async function accountById({ call, config }: Api, id: string): Promise<Account | null> {
  // An id that no address can hold is nobody's.
  if (id === '' || id === '.' || id === '..' || !id.isWellFormed()) return null
  const { status, json, headers } = await call('get', { id }, { also: [404, 410] })
  if (status === 404 || status === 410) return null
  const found = at(json, config.operations.get?.result ?? '')
  return found === undefined || found === null ? null : toAccount(config, found, config.etags ? headers['etag'] : undefined)
}

async function correlated(api: Api, correlate: AccountKey['correlate']): Promise<Account | null> {
  const { call, config, target } = api
  const wanted = correlationOf({ correlate })
  const { status, json } = await call('lookup', { correlate }, { also: [404] })
  const found = status === 404 ? undefined : at(json, config.operations.lookup?.result ?? '')
  const accounts = [found].flat().filter((one) => one !== undefined && one !== null)
  const hits = accounts
    .map((one) => toAccount(config, one))
    .filter(({ attributes }) =>
      wanted.every(([name, values]) => missingFrom(spelling, name, values, attributes[name] ?? []).length === 0),
    )
  if (hits.length > 1)
    throw new GatewayError('ambiguous', `${target}: several accounts have the correlating values`, {
      sent: 'yes',
      hint: phrases.unique,
    })
  // A search may show less than the account itself.
  return hits[0] === undefined ? null : accountById(api, hits[0].nativeId)
}

export async function* listAccounts({ call, config }: Api, pageSize: number): AsyncIterable<readonly Account[]> {
  const { by, first = 1, cursor: pointer } = config.paging
  let cursor: string | undefined
  for (let page = first, offset: number = first; ; page++) {
    const { json } = await call('list', { page, offset, pageSize, ...(cursor === undefined ? {} : { cursor }) })
    const found = [at(json, config.operations.list?.result ?? '')].flat().filter((one) => one !== undefined && one !== null)
    const accounts = found.map((one) => toAccount(config, one))
    for (let start = 0; start < accounts.length; start += pageSize) yield accounts.slice(start, start + pageSize)
    offset += found.length
    const next = pointer === undefined ? undefined : at(json, pointer)
    cursor = isValue(next) ? String(next) : undefined
    if (by === 'none' || (by === 'cursor' ? cursor === undefined : found.length < pageSize)) return
  }
}
