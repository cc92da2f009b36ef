/**
 * Every change of a role: all of it in one transaction, or nothing. The role is locked and compared with what was read before
 * anything is written. What a disabled or removed role still runs is ended afterwards.
 */
import type { Account, Writes } from '#core/account.ts'
import { isGatewayError } from '#core/errors.ts'
import type { Values } from '#core/values.ts'
import { accountDifferences } from '#connectors/kit/compare.ts'
import type { Draft, Driver } from '#connectors/kit/connector.ts'
import { refuseOtherSecrets } from '#connectors/kit/password-attribute.ts'
import type { Run } from '../conversation.ts'
import { gone, protectedAccount, refused, stale, unknownGroup } from '../accounts/refusal.ts'
import { phrases } from '../phrases.ts'
import { columns, selectRole, selectRoleByName, spelling, toAccounts, type RoleAccess } from './role.ts'
import { isMd5, toVerifier } from './scram.ts'
import { apart, checkedName, optionOf, runAll, template, withOptions, writableColumn, type Template } from './statements.ts'

type Changes = Pick<Driver, 'create' | 'modify' | 'remove' | 'restore'> & Required<Pick<Driver, 'restoreSecrets'>>

export function createChanges(access: RoleAccess): Changes {
  return {
    async create(draft) {
      for (const attribute of Object.keys(draft.attributes)) writableColumn(access, attribute)
      const verifier = await verifierOf(access, draft.secrets)
      return createRole(access, draft, verifier, [])
    },
    async modify(current, writes, secrets) {
      for (const { attribute } of writes.attributes) writableColumn(access, attribute)
      const verifier = await verifierOf(access, secrets)
      await inTransaction(access, async (run) => {
        await lockedRole(access, run, current)
        await checkGroups(access, run, writes.memberships.add)
        await runAll(run, changesOf(access, current, writes, verifier))
      })
      if (writes.enabled?.after === false) await endSessions(access, current)
    },
    async remove(current) {
      await inTransaction(access, async (run) => {
        await lockedRole(access, run, current)
        await refuseIfGroup(access, run, current)
        await runAll(run, [template('DROP ROLE %I', current.label)])
      })
      await endSessions(access, current)
    },
    async restore(account) {
      const found = await access.conversation.read(selectRoleByName(access, account.label))
      const [standing] = toAccounts(access, found)
      if (standing !== undefined && accountDifferences(account, standing, spelling).length === 0) return standing
      if (standing !== undefined) throw refused('exists', access.target, 'another role has the name of the removed one')
      const { superuser: _never, adminOf = [], ...attributes } = account.attributes
      const draft = { attributes, memberships: account.memberships, enabled: account.enabled, secrets: {} }
      return createRole(access, draft, account.secrets?.[access.config.accounts.passwordAttribute] ?? null, adminOf)
    },
    async restoreSecrets(current, secrets) {
      const verifier = secrets[access.config.accounts.passwordAttribute]
      if (verifier === undefined) return
      await inTransaction(access, async (run) => {
        await lockedRole(access, run, current)
        await runAll(run, [template('ALTER ROLE %I PASSWORD %L', current.label, verifier === '' ? null : verifier)])
      })
    },
  }
}

/** Two sessions that change one role at once: the server lets the second one fail (XX000, tuple concurrently updated). */
async function inTransaction<Result>({ conversation, target }: RoleAccess, work: (run: Run) => Promise<Result>): Promise<Result> {
  try {
    return await conversation.transaction(work)
  } catch (error) {
    throw isGatewayError(error) && error.vendorCode === 'SQLSTATE XX000' ? stale(target, 'something') : error
  }
}

async function verifierOf({ config }: RoleAccess, secrets: Readonly<Record<string, string>>): Promise<string | null> {
  const { passwordAttribute } = config.accounts
  refuseOtherSecrets(Object.keys(secrets), passwordAttribute)
  const password = secrets[passwordAttribute]
  return password === undefined ? null : toVerifier(password)
}

/** With `adminOf`, the role comes back: groups that are gone are left out, and those it may put others in are as before. */
async function createRole(access: RoleAccess, draft: Draft, verifier: string | null, adminOf: Values | null) {
  const name = checkedName(access.target, draft.attributes['name'] ?? [])
  const options = Object.entries(draft.attributes).flatMap(([attribute, values]) => optionsOf(attribute, values))
  const login = template(draft.enabled ? 'LOGIN' : 'NOLOGIN')
  const password = verifier === null ? [] : [template('PASSWORD %L', verifier)]
  return inTransaction(access, async (run) => {
    const groups = await checkGroups(access, run, draft.memberships)
    await runAll(run, [
      ...withOptions('CREATE', name, [login, ...options, ...password]),
      ...Object.entries(draft.attributes).flatMap(([attribute, values]) => apart(name, attribute, values)),
      ...groups.map((group) =>
        template(`GRANT %I TO %I${adminOf?.includes(group) === true ? ' WITH ADMIN OPTION' : ''}`, group, name),
      ),
    ])
    const { rows } = await run({ text: 'SELECT oid::text FROM pg_roles WHERE rolname = $1::name', values: [name] })
    return { nativeId: String(rows[0]?.[0]), label: name }
  })
}

function optionsOf(attribute: string, values: Values): readonly Template[] {
  const column = columns.find((one) => one.name === attribute)
  const option = column === undefined ? null : optionOf(attribute, column, values)
  return option === null ? [] : [option]
}

/** The new name comes last, so that all before it speak of the old one. */
function changesOf(
  access: RoleAccess,
  { label, secrets }: Account,
  writes: Writes,
  verifier: string | null,
): readonly Template[] {
  const renamed = writes.attributes.find(({ attribute }) => attribute === 'name')
  const { passwordAttribute } = access.config.accounts
  if (renamed !== undefined && verifier === null && isMd5(secrets?.[passwordAttribute] ?? ''))
    throw refused(
      'policy',
      access.target,
      'the password of this role is kept in a form that a new name destroys (md5)',
      phrases.passwordAnew,
      'name',
    )
  return [
    ...withOptions('ALTER', label, [
      ...(writes.enabled === null ? [] : [template(writes.enabled.after ? 'LOGIN' : 'NOLOGIN')]),
      ...writes.attributes.flatMap(({ attribute, after }) => optionsOf(attribute, after)),
      ...(verifier === null ? [] : [template('PASSWORD %L', verifier)]),
    ]),
    ...writes.attributes.flatMap(({ attribute, after }) => apart(label, attribute, after)),
    ...writes.memberships.remove.map((group) => template('REVOKE %I FROM %I', group, label)),
    ...writes.memberships.add.map((group) => template('GRANT %I TO %I', group, label)),
    ...(renamed === undefined ? [] : [template('ALTER ROLE %I RENAME TO %I', label, checkedName(access.target, renamed.after))]),
  ]
}

/** Throws `not_found`, `policy`, and `stale` when the role is not as `current` shows it. It stays locked until the transaction ends. */
async function lockedRole(access: RoleAccess, run: Run, current: Account): Promise<void> {
  const { rights, target } = access
  if (rights.readsPasswords) await run({ text: 'SELECT FROM pg_authid WHERE oid = $1 FOR UPDATE', values: [current.nativeId] })
  else
    await run({ text: `SELECT pg_advisory_xact_lock('pg_authid'::regclass::int, $1::bigint::int)`, values: [current.nativeId] })
  const [now] = toAccounts(access, await run(selectRole(access, current.nativeId)))
  if (now === undefined) throw gone(target)
  if (now.attributes['superuser']?.[0] === true || now.label === rights.user) throw protectedAccount(target)
  const [difference] = accountDifferences(current, now, spelling)
  if (difference !== undefined) throw stale(target, difference.item)
}

/** The roles that may be joined, each by its name. Throws `not_found` for any other. */
async function checkGroups({ target, config }: RoleAccess, run: Run, groups: readonly string[]): Promise<readonly string[]> {
  if (groups.length === 0) return []
  const named = config.accounts.groups
  if (named !== null && groups.some((group) => !named.includes(group))) throw unknownGroup(target)
  const { rows } = await run({
    text: `SELECT FROM pg_roles WHERE rolname::text = ANY ($1::text[]) AND (NOT rolsuper OR $2::text[] IS NOT NULL)`,
    values: [groups, named],
  })
  if (rows.length < groups.length) throw unknownGroup(target)
  return groups
}

/** Its members would silently lose what they have by it, and nothing would bring that back. */
async function refuseIfGroup({ target, rights }: RoleAccess, run: Run, { nativeId }: Account): Promise<void> {
  const { rows } = await run({
    text: `SELECT FROM pg_auth_members m JOIN pg_roles u ON u.oid = m.member WHERE m.roleid = $1 AND u.rolname <> $2 LIMIT 1`,
    values: [nativeId, rights.user],
  })
  if (rows.length > 0)
    throw refused('policy', target, 'other roles are members of this one, so it is not removed', phrases.takeOut)
}

/** A role that may not log in any more goes on with what it is doing. It is ended where the gateway may; the change itself stands. */
async function endSessions({ conversation, log }: RoleAccess, { nativeId }: Account): Promise<void> {
  try {
    await conversation.read({
      text: 'SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usesysid = $1',
      values: [nativeId],
    })
  } catch (error) {
    if (!isGatewayError(error)) throw error
    log.warn({ code: error.code, vendorCode: error.vendorCode }, 'sessions of a disabled database account could not be ended')
  }
}
