/** One job's work on the users of a MariaDB or a MySQL: finding, listing, proving. Changes: `changes.ts`. */
import type { Account, AccountKey } from '#core/account.ts'
import { GatewayError } from '#core/errors.ts'
import { correlationOf } from '#connectors/kit/correlation.ts'
import type { Driver } from '#connectors/kit/connector.ts'
import type { Conversation } from '../conversation.ts'
import { toSchema } from '../accounts/columns.ts'
import { refused } from '../accounts/refusal.ts'
import { surveyServer } from '../survey.ts'
import type { AccountsTarget } from '../accounts/target.ts'
import type { SqlConfig } from '../config.ts'
import type { Statement } from '../dialect.ts'
import { phrases } from '../phrases.ts'
import { createChanges } from './changes.ts'
import { createMariadbUsers } from '../mariadb-users/server.ts'
import { createMysqlUsers } from '../mysql-users/server.ts'
import { isKept, nameOf } from './name.ts'
import type { UserAccess, UserServer } from './server.ts'

/** The server says itself which of the two it is, once. */
export function createUserOpener(target: AccountsTarget): (conversation: Conversation) => Promise<Driver> {
  let known: Pick<UserAccess, 'self' | 'server'> | null = null
  return async (conversation) => {
    known ??= await serverOf(target, conversation)
    return createUserDriver({ ...target, ...known, conversation })
  }
}

async function serverOf(
  { target, config }: AccountsTarget,
  conversation: Conversation,
): Promise<Pick<UserAccess, 'self' | 'server'>> {
  const { rows } = await conversation.read({ text: 'SELECT CURRENT_USER(), VERSION()', values: [] })
  const [self = '', version = ''] = (rows[0] ?? []).map(String)
  return { self, server: usersOf(target, config, version) }
}

/** Who keeps users in the way of that version. Throws `config` for one that is too old to know our hashes of passwords. */
export function usersOf(target: string, { accounts }: SqlConfig, version: string): UserServer {
  if (version.includes('MariaDB')) return createMariadbUsers(accounts)
  const [major = 0, minor = 0, patch = 0] = version.split(/\D/).map(Number)
  if (major > 8 || (major === 8 && (minor > 0 || patch >= 24))) return createMysqlUsers(accounts)
  throw refused(
    'config',
    target,
    'database accounts are those of MySQL 8.0.24 and later, and of MariaDB; this server is another',
    phrases.tablesOnly,
  )
}

function createUserDriver(access: UserAccess): Driver {
  const { conversation, target, config, server } = access
  const read = (statement: Statement) => server.readAccounts(conversation, statement)

  async function find({ nativeId, correlate }: AccountKey): Promise<Account | null> {
    if (nativeId !== null) return isKept(nativeId) ? ((await read(server.selectUser(nameOf(nativeId))))[0] ?? null) : null
    const wanted = new Map(correlationOf({ correlate }))
    for (const [attribute, values] of wanted) {
      if (attribute !== 'name' && attribute !== 'host')
        throw refused('config', target, `users cannot be found by ${attribute}`, phrases.byNameAndMaybeHost, attribute)
      if (values.length !== 1)
        throw refused('invalid', target, `correlating by ${attribute} needs exactly one value`, undefined, attribute)
    }
    const [user] = wanted.get('name') ?? []
    if (user === undefined)
      throw refused('config', target, 'users are found by name, or by name and host', phrases.byName, 'name')
    const [host] = wanted.get('host') ?? []
    if (!isKept(String(user))) return null
    const found = await read(server.selectAccounts(String(user), host === undefined ? null : String(host).toLowerCase()))
    if (found.length > 1)
      throw new GatewayError('ambiguous', `${target}: several users have that name, each for another host`, {
        sent: 'yes',
        hint: phrases.byNameAndHost,
      })
    return found[0] ?? null
  }

  return {
    spelling: server.spelling,
    find,
    ...createChanges(access),
    async holdsSecret(current, attribute, secret) {
      if (attribute !== config.accounts.passwordAttribute) return null
      const now = await find({ nativeId: current.nativeId, correlate: {} })
      const held = now?.secrets?.[attribute]
      return held === undefined ? false : server.lets(held, secret)
    },
    testConnection: () => access.test(),
    discoverSchema: () => Promise.resolve(toSchema(server.columns, config.accounts.passwordAttribute)),
    survey: async () => ({ facts: [], narrows: {}, ...(await surveyServer(config, conversation)) }),
    async *list(pageSize) {
      let last = { user: '', host: '' }
      for (;;) {
        const page: readonly Account[] = await read(server.selectPage(last, pageSize))
        if (page.length > 0) yield page
        if (page.length < pageSize) return
        last = nameOf(page.at(-1)?.nativeId ?? '')
      }
    },
    [Symbol.asyncDispose]: () => conversation[Symbol.asyncDispose](),
  }
}
