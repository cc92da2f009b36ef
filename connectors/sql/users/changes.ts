/**
 * Every change of a user. MariaDB and MySQL commit each statement on accounts by itself: what a user is takes one statement, its roles others;
 * when one is refused, those before it are put back. A change looks just before it writes.
 */
import type { Account, Writes } from '#core/account.ts'
import { isGatewayError } from '#core/errors.ts'
import type { Attributes, Values } from '#core/values.ts'
import { allOrNothing, type Part } from '#connectors/kit/all-or-nothing.ts'
import { accountDifferences } from '#connectors/kit/compare.ts'
import type { Draft, Driver } from '#connectors/kit/connector.ts'
import { refuseOtherSecrets } from '#connectors/kit/password-attribute.ts'
import { gone, protectedAccount, refused, stale, unknownGroup } from '../accounts/refusal.ts'
import { phrases } from '../phrases.ts'
import { accountText, nameOf, nativeIdOf, type Name } from './name.ts'
import { grantBack } from './privileges.ts'
import type { Definition, RunText, UserAccess } from './server.ts'
import { checkAttributes, checkName } from './statements.ts'

type Changes = Pick<Driver, 'create' | 'modify' | 'remove' | 'restore'> & Required<Pick<Driver, 'restoreSecrets' | 'resetSecret'>>

export function createChanges(access: UserAccess): Changes {
  const { target, config, conversation, server } = access
  const run = async (text: string) => void (await conversation.change({ text, values: [] }))
  const { passwordAttribute } = config.accounts
  return {
    async create(draft) {
      checkAttributes(access, draft.attributes, draft.attributes)
      return createUser(access, run, draft, (await secretIn(access, draft.secrets)) ?? null, {})
    },
    async modify(current, writes, secrets) {
      const parts = changesOf(access, run, current, writes, await secretIn(access, secrets))
      await unchangedUser(access, current)
      await checkGroups(access, writes.memberships.add)
      await allOrNothing(parts)
      if (writes.enabled?.after === false) await endSessions(access, nameOf(current.nativeId))
    },
    async remove(current) {
      await unchangedUser(access, current)
      const name = nameOf(current.nativeId)
      const others = Number((await conversation.read(server.countOthers(name))).rows[0]?.[0] ?? 0)
      if (others > 0)
        throw refused(
          'policy',
          target,
          'the user holds rights on routines, acts for others, or holds what no undo could give back',
          phrases.revoke,
        )
      await run(`DROP USER ${accountText(name)}`)
      await endSessions(access, name)
    },
    async restore(account) {
      const [standing] = await server.readAccounts(conversation, server.selectUser(nameOf(account.nativeId)))
      if (standing !== undefined && accountDifferences(account, standing, server.spelling).length === 0) return standing
      if (standing !== undefined) throw refused('exists', target, 'another user has the name of the removed one')
      const { superuser: _never, adminOf = [], privileges = [], ...attributes } = account.attributes
      const draft = { attributes, memberships: account.memberships, enabled: account.enabled, secrets: {} }
      return createUser(access, run, draft, account.secrets?.[passwordAttribute] ?? null, { adminOf, privileges })
    },
    async restoreSecrets(current, secrets) {
      const secret = secrets[passwordAttribute]
      if (secret === undefined) return
      await unchangedUser(access, current)
      const definition = { ...current, secret: secret === '' ? null : secret }
      for (const text of server.alter(nameOf(current.nativeId), definition, [])) await run(text)
    },
    async resetSecret(current, attribute, password) {
      const name = nameOf(current.nativeId)
      const secret = await secretIn(access, { [attribute]: password })
      await unchangedUser(access, current)
      for (const text of server.alter(name, { ...current, secret }, [])) await run(text)
      await run(`ALTER USER ${accountText(name)} PASSWORD EXPIRE`)
    },
  }
}

async function secretIn({ config, server }: UserAccess, secrets: Readonly<Record<string, string>>): Promise<string | undefined> {
  const { passwordAttribute } = config.accounts
  refuseOtherSecrets(Object.keys(secrets), passwordAttribute)
  const password = secrets[passwordAttribute]
  return password === undefined ? undefined : server.toSecret(password)
}

/** What only a user that comes back has. */
interface Formerly {
  readonly adminOf?: Values
  readonly privileges?: Values
}

async function createUser(access: UserAccess, run: RunText, draft: Draft, secret: string | null, formerly: Formerly) {
  const { server, config } = access
  const name = {
    user: String(draft.attributes['name']?.[0] ?? ''),
    // As the server keeps it.
    host: String(draft.attributes['host']?.[0] ?? config.accounts.host).toLowerCase(),
  }
  checkName(access, name)
  await checkGroups(access, draft.memberships)
  const { adminOf = [], privileges = [] } = formerly
  const account = accountText(name)
  const [creation = '', ...more] = server.create(name, { ...draft, secret })
  const rest = [
    ...more,
    ...server.giveRoles(account, { ...draft, adminOf }),
    ...privileges.map((privilege) => grantBack(String(privilege), account)),
  ]
  await allOrNothing([
    { run: () => existsIfRefused(access, () => run(creation)), undo: () => run(`DROP USER IF EXISTS ${account}`) },
    // What is given to a user goes with it.
    ...rest.map((text): Part => ({ run: () => run(text), undo: async () => undefined })),
  ])
  return { nativeId: nativeIdOf(name), label: nativeIdOf(name) }
}

/** Both servers have one number for every operation on users that fails: that of a creation means that the name is taken. */
async function existsIfRefused({ target }: UserAccess, create: () => Promise<void>): Promise<void> {
  try {
    await create()
  } catch (error) {
    if (!isGatewayError(error) || error.vendorCode !== 'errno 1396') throw error
    throw refused('exists', target, 'a user of that name and host, or a role, is already there')
  }
}

interface Redefinition {
  readonly before: Definition
  readonly after: Definition
  /** The attributes that are written, and `enabled`. */
  readonly items: readonly string[]
}

function changesOf(
  access: UserAccess,
  run: RunText,
  current: Account,
  writes: Writes,
  secret: string | undefined,
): readonly Part[] {
  const { server, config, target } = access
  const written = Object.fromEntries(writes.attributes.map(({ attribute, after }) => [attribute, after]))
  const named = ['name', 'host'].find((attribute) => attribute in written)
  if (named !== undefined)
    throw refused(
      'unsupported',
      target,
      'a user is known by its name and host alone, and is not renamed',
      phrases.newAccount,
      named,
    )
  const attributes: Attributes = { ...current.attributes, ...written }
  checkAttributes(access, written, attributes)
  const defining = Object.keys(written).filter((attribute) => !server.isOfRoles(attribute))
  const items = [...defining, ...(writes.enabled === null ? [] : ['enabled'])]
  const before = { ...current, secret: current.secrets?.[config.accounts.passwordAttribute] ?? null }
  const after = { attributes, enabled: writes.enabled?.after ?? current.enabled, secret }
  const redefined = items.length > 0 || secret !== undefined
  // The server fails where there is nothing to revoke.
  const remove = writes.memberships.remove.filter((group) => current.memberships.includes(group))
  return [
    ...(redefined ? redefinition(access, run, nameOf(current.nativeId), { before, after, items }) : []),
    ...server.changeRoles(run, current, { add: writes.memberships.add, remove, written }),
  ]
}

/** What a user is, in as many statements as the server needs; each is put back by all that say how it was. */
function redefinition({ server }: UserAccess, run: RunText, name: Name, { before, after, items }: Redefinition): readonly Part[] {
  const secret = after.secret === undefined ? undefined : before.secret
  const back = async () => {
    for (const text of server.alter(name, { ...before, secret }, items)) await run(text)
  }
  return server.alter(name, after, items).map((text) => ({ run: () => run(text), undo: back }))
}

/** Throws `not_found`, `policy`, and `stale` when the user is not as `current` shows it. */
async function unchangedUser(access: UserAccess, current: Account): Promise<void> {
  const { server, conversation } = access
  const [now] = await server.readAccounts(conversation, server.selectUser(nameOf(current.nativeId)))
  if (now === undefined) throw gone(access.target)
  if (now.attributes['superuser']?.[0] === true || now.nativeId === access.self) throw protectedAccount(access.target)
  const [difference] = accountDifferences(current, now, server.spelling)
  if (difference !== undefined) throw stale(access.target, difference.item)
}

/** Throws `not_found` for a role that is not there, or that accounts of this target are not put in. */
async function checkGroups({ target, config, conversation, server }: UserAccess, groups: readonly string[]): Promise<void> {
  if (groups.length === 0) return
  const named = config.accounts.groups?.map((group) => server.spelling.group(group)) ?? null
  if (named !== null && groups.some((group) => !named.includes(group))) throw unknownGroup(target)
  const there = await server.rolesAmong((statement) => conversation.read(statement), groups)
  if (groups.some((group) => !there.has(group))) throw unknownGroup(target)
}

/** A user that may not log in any more goes on with what it is doing. It is ended where the gateway may; the change itself stands. */
async function endSessions(access: UserAccess, name: Name): Promise<void> {
  try {
    await access.server.endSessions(access, name)
  } catch (error) {
    if (!isGatewayError(error)) throw error
    access.log.warn(
      { code: error.code, vendorCode: error.vendorCode },
      'sessions of a disabled database account could not be ended',
    )
  }
}
