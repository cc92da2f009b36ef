/** One job's work on the users of a MariaDB: finding, listing, proving. Changes: `changes.ts`. */
import type { Account, AccountKey } from '#core/account.ts'
import { GatewayError } from '#core/errors.ts'
import { correlationOf } from '#connectors/kit/correlation.ts'
import type { Driver } from '#connectors/kit/connector.ts'
import type { Conversation } from '../conversation.ts'
import { toSchema } from '../accounts/columns.ts'
import { refused } from '../accounts/refusal.ts'
import type { AccountsTarget } from '../accounts/target.ts'
import { lets } from './authentication.ts'
import { createChanges } from './changes.ts'
import { nameOf } from './name.ts'
import { columns, isKept, readAccounts, selectAccounts, selectPage, selectUser, spelling, type UserAccess } from './user.ts'

export function createMariadbOpener(target: AccountsTarget): (conversation: Conversation) => Promise<Driver> {
  let self: string | null = null
  return async (conversation) => {
    self ??= await selfOf(target.target, conversation)
    return createUserDriver({ ...target, conversation, self })
  }
}

async function selfOf(target: string, conversation: Conversation): Promise<string> {
  const { rows } = await conversation.read({ text: 'SELECT CURRENT_USER(), VERSION()', values: [] })
  const [user = '', version = ''] = (rows[0] ?? []).map(String)
  refuseMysql(target, version)
  return user
}

/** MySQL keeps its accounts elsewhere and otherwise. */
export function refuseMysql(target: string, version: string): void {
  if (version.includes('MariaDB')) return
  throw refused(
    'config',
    target,
    'database accounts are those of MariaDB; this server is another',
    'Accounts of MySQL are not handled; its tables are.',
  )
}

function createUserDriver(access: UserAccess): Driver {
  const { conversation, target, config } = access

  async function find({ nativeId, correlate }: AccountKey): Promise<Account | null> {
    if (nativeId !== null)
      return isKept(nativeId) ? ((await readAccounts(access, selectUser(nameOf(nativeId))))[0] ?? null) : null
    const wanted = new Map(correlationOf({ correlate }))
    for (const [attribute, values] of wanted) {
      if (attribute !== 'name' && attribute !== 'host')
        throw refused(
          'config',
          target,
          `users cannot be found by ${attribute}`,
          'Correlate by name, or by name and host.',
          attribute,
        )
      if (values.length !== 1)
        throw refused('invalid', target, `correlating by ${attribute} needs exactly one value`, undefined, attribute)
    }
    const [user] = wanted.get('name') ?? []
    if (user === undefined)
      throw refused('config', target, 'users are found by name, or by name and host', 'Correlate by name.', 'name')
    const [host] = wanted.get('host') ?? []
    if (!isKept(String(user))) return null
    const found = await readAccounts(access, selectAccounts(String(user), host === undefined ? null : String(host)))
    if (found.length > 1)
      throw new GatewayError('ambiguous', `${target}: several users have that name, each for another host`, {
        sent: 'yes',
        hint: 'Correlate by name and host.',
      })
    return found[0] ?? null
  }

  return {
    spelling,
    find,
    ...createChanges(access),
    async holdsSecret(current, attribute, secret) {
      if (attribute !== config.accounts.passwordAttribute) return null
      const now = await find({ nativeId: current.nativeId, correlate: {} })
      const held = now?.secrets?.[attribute]
      return held === undefined ? false : lets(held, secret)
    },
    testConnection: () => access.test(),
    discoverSchema: () => Promise.resolve(toSchema(columns, config.accounts.passwordAttribute)),
    async *list(pageSize) {
      let last = { user: '', host: '' }
      for (;;) {
        const page: readonly Account[] = await readAccounts(access, selectPage(last, pageSize))
        if (page.length > 0) yield page
        if (page.length < pageSize) return
        last = nameOf(page.at(-1)?.nativeId ?? '')
      }
    },
    [Symbol.asyncDispose]: () => conversation[Symbol.asyncDispose](),
  }
}
