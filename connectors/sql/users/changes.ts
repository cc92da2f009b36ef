/**
 * Every change of a user. MariaDB commits each statement on accounts by itself: what a user is takes one statement, each role another;
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
import { toSecret } from './authentication.ts'
import { accountText, nameOf, nativeIdOf, roleText, type Name } from './name.ts'
import { countOthers, grantBack } from './privileges.ts'
import { checkAttributes, checkName, define } from './statements.ts'
import { readAccounts, selectUser, spelling, type UserAccess } from './user.ts'

type Changes = Pick<Driver, 'create' | 'modify' | 'remove' | 'restore'> & Required<Pick<Driver, 'restoreSecrets'>>

export function createChanges(access: UserAccess): Changes {
  const { target, config, conversation } = access
  const run = async (text: string) => void (await conversation.change({ text, values: [] }))
  const { passwordAttribute } = config.accounts
  return {
    async create(draft) {
      checkAttributes(access, draft.attributes, draft.attributes)
      return createUser(access, run, draft, secretIn(access, draft.secrets) ?? null, {})
    },
    async modify(current, writes, secrets) {
      const parts = changesOf(access, run, current, writes, secretIn(access, secrets))
      await unchangedUser(access, current)
      await checkGroups(access, writes.memberships.add)
      await allOrNothing(parts)
      if (writes.enabled?.after === false) await endSessions(access, nameOf(current.nativeId))
    },
    async remove(current) {
      await unchangedUser(access, current)
      const name = nameOf(current.nativeId)
      const others = Number((await conversation.read(countOthers(name))).rows[0]?.[0] ?? 0)
      if (others > 0)
        throw refused(
          'policy',
          target,
          'the user holds rights on routines, or acts for others, which no undo could give back',
          'Disable it, or revoke them.',
        )
      await run(`DROP USER ${accountText(name)}`)
      await endSessions(access, name)
    },
    async restore(account) {
      const [standing] = await readAccounts(access, selectUser(nameOf(account.nativeId)))
      if (standing !== undefined && accountDifferences(account, standing, spelling).length === 0) return standing
      if (standing !== undefined) throw refused('exists', target, 'another user has the name of the removed one')
      const { superuser: _never, adminOf = [], privileges = [], ...attributes } = account.attributes
      const draft = { attributes, memberships: account.memberships, enabled: account.enabled, secrets: {} }
      return createUser(access, run, draft, account.secrets?.[passwordAttribute] ?? null, { adminOf, privileges })
    },
    async restoreSecrets(current, secrets) {
      const secret = secrets[passwordAttribute]
      if (secret === undefined) return
      await unchangedUser(access, current)
      await run(define('ALTER', nameOf(current.nativeId), { ...current, secret: secret === '' ? null : secret }))
    },
  }
}

function secretIn({ config }: UserAccess, secrets: Readonly<Record<string, string>>): string | undefined {
  const { passwordAttribute } = config.accounts
  refuseOtherSecrets(Object.keys(secrets), passwordAttribute)
  const password = secrets[passwordAttribute]
  return password === undefined ? undefined : toSecret(password)
}

type RunText = (text: string) => Promise<void>

/** What only a user that comes back has. */
interface Formerly {
  readonly adminOf?: Values
  readonly privileges?: Values
}

async function createUser(access: UserAccess, run: RunText, draft: Draft, secret: string | null, formerly: Formerly) {
  const name = {
    user: String(draft.attributes['name']?.[0] ?? ''),
    host: String(draft.attributes['host']?.[0] ?? access.config.accounts.host),
  }
  checkName(access.target, name.user)
  await checkGroups(access, draft.memberships)
  const { adminOf = [], privileges = [] } = formerly
  const account = accountText(name)
  const rest = [
    ...draft.memberships.map(
      (role) => `GRANT ${roleText(role)} TO ${account}${adminOf.includes(role) ? ' WITH ADMIN OPTION' : ''}`,
    ),
    ...defaultRole(account, draft.attributes),
    ...privileges.map((privilege) => grantBack(String(privilege), account)),
  ]
  await allOrNothing([
    {
      run: () => existsIfRefused(access, () => run(define('CREATE', name, { ...draft, secret }))),
      undo: () => run(`DROP USER IF EXISTS ${account}`),
    },
    // What is given to a user goes with it.
    ...rest.map((text): Part => ({ run: () => run(text), undo: async () => undefined })),
  ])
  return { nativeId: nativeIdOf(name), label: nativeIdOf(name) }
}

/** MariaDB has one number for every operation on users that fails: that of a creation means that the name is taken. */
async function existsIfRefused({ target }: UserAccess, create: () => Promise<void>): Promise<void> {
  try {
    await create()
  } catch (error) {
    if (!isGatewayError(error) || error.vendorCode !== 'errno 1396') throw error
    throw refused('exists', target, 'a user of that name and host, or a role, is already there')
  }
}

function defaultRole(account: string, attributes: Attributes): readonly string[] {
  const role = attributes['defaultRole']?.[0]
  return role === undefined ? [] : [setDefaultRole(account, role)]
}

const setDefaultRole = (account: string, role: Values[number] | undefined) =>
  `SET DEFAULT ROLE ${role === undefined ? 'NONE' : roleText(String(role))} FOR ${account}`

function changesOf(
  access: UserAccess,
  run: RunText,
  current: Account,
  writes: Writes,
  secret: string | undefined,
): readonly Part[] {
  const written = Object.fromEntries(writes.attributes.map(({ attribute, after }) => [attribute, after]))
  const named = ['name', 'host'].find((attribute) => attribute in written)
  if (named !== undefined)
    throw refused(
      'unsupported',
      access.target,
      'a user of MariaDB is known by its name and host alone, and is not renamed',
      'Make a new account, or rename it by hand.',
      named,
    )
  const attributes: Attributes = { ...current.attributes, ...written }
  checkAttributes(access, written, attributes)
  const name = nameOf(current.nativeId)
  const account = accountText(name)
  const { defaultRole: role, ...defining } = written
  const part = (text: string, back: string): Part => ({ run: () => run(text), undo: () => run(back) })
  const oldSecret = secret === undefined ? undefined : (current.secrets?.[access.config.accounts.passwordAttribute] ?? null)
  const grant = (group: string) => `GRANT ${roleText(group)} TO ${account}`
  const revoke = (group: string) => `REVOKE ${roleText(group)} FROM ${account}`
  const admin = (group: string) => (current.attributes['adminOf']?.includes(group) === true ? ' WITH ADMIN OPTION' : '')
  const redefined = Object.keys(defining).length > 0 || writes.enabled !== null || secret !== undefined
  const enabled = writes.enabled?.after ?? current.enabled
  return [
    ...(redefined
      ? [part(define('ALTER', name, { attributes, enabled, secret }), define('ALTER', name, { ...current, secret: oldSecret }))]
      : []),
    ...writes.memberships.add.map((group) => part(grant(group), revoke(group))),
    ...(role === undefined
      ? []
      : [part(setDefaultRole(account, role[0]), setDefaultRole(account, current.attributes['defaultRole']?.[0]))]),
    ...writes.memberships.remove.map((group) => part(revoke(group), `${grant(group)}${admin(group)}`)),
  ]
}

/** Throws `not_found`, `policy`, and `stale` when the user is not as `current` shows it. */
async function unchangedUser(access: UserAccess, current: Account): Promise<void> {
  const [now] = await readAccounts(access, selectUser(nameOf(current.nativeId)))
  if (now === undefined) throw gone(access.target)
  if (now.attributes['superuser']?.[0] === true || now.nativeId === access.self) throw protectedAccount(access.target)
  const [difference] = accountDifferences(current, now, spelling)
  if (difference !== undefined) throw stale(access.target, difference.item)
}

/** Throws `not_found` for a role that is not there, or that accounts of this target are not put in. */
async function checkGroups({ target, config, conversation }: UserAccess, groups: readonly string[]): Promise<void> {
  if (groups.length === 0) return
  const named = config.accounts.groups
  if (named !== null && groups.some((group) => !named.includes(group))) throw unknownGroup(target)
  const { rows } = await conversation.read({
    text: `SELECT User FROM mysql.global_priv WHERE Host = '' AND JSON_EXISTS(Priv, '$.is_role') AND User IN (${groups.map(() => '?').join(', ')})
           AND (${named === null ? "(CAST(JSON_VALUE(Priv, '$.access') AS UNSIGNED) & 32768) = 0" : 'TRUE'})`,
    values: groups,
  })
  const there = new Set(rows.map(([name]) => String(name)))
  if (groups.some((group) => !there.has(group))) throw unknownGroup(target)
}

/** A user that may not log in any more goes on with what it is doing. It is ended where the gateway may; the change itself stands. */
async function endSessions({ conversation, log }: UserAccess, name: Name): Promise<void> {
  try {
    await conversation.read({ text: `KILL USER ${accountText(name)}`, values: [] })
  } catch (error) {
    if (!isGatewayError(error)) throw error
    log.warn({ code: error.code, vendorCode: error.vendorCode }, 'sessions of a disabled database account could not be ended')
  }
}
