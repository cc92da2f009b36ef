/** Finding users with everything that belongs to them, archived ones included. */
import type { Account, AccountKey } from '#core/account.ts'
import { GatewayError } from '#core/errors.ts'
import type { Logger } from '#core/log.ts'
import { correlationOf } from '#connectors/kit/correlation.ts'
import type { Spelling } from '#connectors/kit/connector.ts'
import { userType, type Fields } from './fields.ts'
import { heldGroups } from './groups.ts'
import { toValues } from './mapping.ts'
import { search, type Odoo, type Row, type Search } from './odoo.ts'
import { phrases } from './phrases.ts'

/** A database whose fields are known. */
export interface Users extends Odoo {
  readonly fields: Fields
  readonly spelling: Spelling
  readonly log: Pick<Logger, 'warn'>
}

const isId = (text: string) => /^[1-9]\d{0,8}$/.test(text)

export async function findAccount(users: Users, { nativeId, correlate }: AccountKey): Promise<Account | null> {
  if (nativeId !== null && !isId(nativeId)) return null
  const domain = nativeId === null ? correlating(users, correlate) : ([['id', '=', Number(nativeId)]] as const)
  const rows = await searchUsers(users, { doing: 'searching the user', domain, limit: 2 })
  if (rows.length > 1)
    throw new GatewayError('ambiguous', `${users.target}: several users have the correlating values`, {
      ...{ sent: 'yes', hint: phrases.unique },
    })
  return rows[0] === undefined ? null : toAccount(users, rows[0])
}

function correlating({ fields, spelling }: Users, correlate: AccountKey['correlate']): Search['domain'] {
  return correlationOf({ correlate }).flatMap(([name, values]) => {
    const field = fields.attributes[name]
    if (field === undefined || values.includes(''))
      throw new GatewayError('config', `users cannot be found by ${name}`, {
        ...{ sent: 'no', at: name, hint: phrases.filled },
      })
    return values.map((value) => [name, field.type === 'many2many' ? 'in' : '=', spelling.value(name, value)] as const)
  })
}

function searchUsers({ ask, fields }: Users, query: Pick<Search, 'doing' | 'domain' | 'limit'>): Promise<Row[]> {
  const asked = ['active', fields.groups, ...Object.keys(fields.attributes)]
  return search({ ask }, { ...query, model: 'res.users', fields: asked })
}

async function toAccount(users: Users, row: Row): Promise<Account> {
  const { fields } = users
  const groups = row[fields.groups]
  const { memberships, types } = await heldGroups(users, Array.isArray(groups) ? groups.map(Number) : [])
  const attributes = Object.entries(fields.attributes)
    .map(([name, field]) => [name, toValues(field, field.type === 'many2one' ? idOf(row[name]) : row[name])] as const)
    .filter(([, values]) => values.length > 0)
  return {
    nativeId: String(row.id),
    label: String(row['login']),
    enabled: row['active'] === true,
    attributes: { ...Object.fromEntries(attributes), ...(types.length > 0 ? { [userType]: types } : {}) },
    memberships,
  }
}

/** A record elsewhere is its id and its name. */
export const idOf = (value: unknown): unknown => (Array.isArray(value) ? value[0] : value)

export async function* listAccounts(users: Users, pageSize: number): AsyncIterable<readonly Account[]> {
  for (let last = 0; ;) {
    const rows = await searchUsers(users, { doing: 'listing the users', domain: [['id', '>', last]], limit: pageSize })
    const page: Account[] = []
    for (const row of rows) page.push(await toAccount(users, row))
    if (page.length > 0) yield page
    if (rows.length < pageSize) return
    last = rows.at(-1)?.id ?? last
  }
}
