/**
 * The changes of a user: one call each, which Odoo carries out as one transaction, groups and password included. Only a deletion takes two, because
 * the contact that was made with the user does not go with it.
 */
import type { Account, Writes } from '#core/account.ts'
import { GatewayError, isGatewayError } from '#core/errors.ts'
import type { Scalar, Values } from '#core/values.ts'
import { accountDifferences } from '#connectors/kit/compare.ts'
import type { Draft } from '#connectors/kit/connector.ts'
import { thoseThere } from '#connectors/kit/is-there.ts'
import { refuseOtherSecrets } from '#connectors/kit/password-attribute.ts'
import { refuseChanged } from '#connectors/kit/unchanged.ts'
import { writtenValues } from '#connectors/kit/written.ts'
import * as v from 'valibot'
import { isUserError } from './errors.ts'
import { isUserType, refuseUnknown, userType, userTypes } from './fields.ts'
import { forgetGroups, groupId } from './groups.ts'
import { link, toWritten, unlink } from './mapping.ts'
import { search } from './odoo.ts'
import { phrases } from './phrases.ts'
import { findAccount, idOf, type Users } from './users.ts'

type Place = { readonly nativeId: string; readonly label: string }
type Vals = Readonly<Record<string, unknown>>

const Created = v.union([
  v.number(),
  v.pipe(
    v.tuple([v.number()]),
    v.transform(([id]) => id),
  ),
])

export async function createUser(users: Users, draft: Draft): Promise<Place> {
  const { fields } = users
  const label = required(draft, 'login')
  required(draft, 'name')
  const { [userType]: type = ['internal'], ...attributes } = draft.attributes
  refuseUnknown(fields, Object.keys(attributes))
  const groups = await Promise.all([typeGroup(type), ...draft.memberships].map((name) => groupId(users, name)))
  const vals: Vals = {
    ...valsOf(users, Object.entries(attributes), {}),
    [fields.groups]: groups.map(link),
    active: draft.enabled,
    ...passwordOf(users, draft.secrets),
  }
  const call = { doing: 'creating the user', model: 'res.users', method: 'create', effect: 'write' } as const
  const made = await explained(users, { login: label, nativeId: null, joins: draft.memberships, vals }, () =>
    users.call({ ...call, parameters: { vals_list: [vals] } }),
  )
  const id = v.safeParse(Created, made)
  if (id.success) return { nativeId: String(id.output), label }
  throw new GatewayError('unknown_outcome', 'creating the user: Odoo did not say which one it is', { sent: 'yes' })
}

function required({ attributes }: Draft, name: string): string {
  const value = attributes[name]?.[0]
  if (value !== undefined && value !== '') return String(value)
  throw new GatewayError('invalid', `a user of Odoo needs a ${name}`, {
    sent: 'no',
    at: name,
    hint: phrases.setField({ name }),
  })
}

function typeGroup([type, ...more]: Values): string {
  if (isUserType(type) && more.length === 0) return userTypes[type]
  throw new GatewayError('invalid', `${userType} is one of ${Object.keys(userTypes).join(', ')}`, { sent: 'no', at: userType })
}

function valsOf({ fields }: Users, written: readonly (readonly [string, Values])[], before: Account['attributes']): Vals {
  return Object.fromEntries(
    written.flatMap(([name, after]) => {
      const field = fields.attributes[name]
      return field === undefined ? [] : [[name, toWritten(name, field, before[name] ?? [], after)]]
    }),
  )
}

function passwordOf({ config }: Users, secrets: Readonly<Record<string, string>>): Vals {
  refuseOtherSecrets(Object.keys(secrets), config.passwordAttribute)
  const password = secrets[config.passwordAttribute]
  return password === undefined ? {} : { password }
}

export async function modifyUser(
  users: Users,
  current: Account,
  writes: Writes,
  secrets: Readonly<Record<string, string>>,
): Promise<void> {
  const { fields, spelling } = users
  const { nativeId, attributes } = current
  const written = writes.attributes.map(
    (write) => [write.attribute, writtenValues(spelling, attributes[write.attribute] ?? [], write)] as const,
  )
  refuseUnknown(
    fields,
    written.map(([name]) => name),
  )
  const password = passwordOf(users, Object.fromEntries(writes.secrets.map((name) => [name, secrets[name] ?? ''])))
  const groups = await groupCommands(users, writes, attributes)
  const vals: Vals = {
    ...valsOf(users, written, attributes),
    ...(groups.length === 0 ? {} : { [fields.groups]: groups }),
    ...(writes.enabled === null ? {} : { active: writes.enabled.after }),
    ...password,
  }
  refuseChanged(current, await findAccount(users, { nativeId, correlate: {} }), spelling)
  const login = written.find(([name]) => name === 'login')?.[1][0]
  await explained(users, { login, nativeId, joins: writes.memberships.add, vals }, () =>
    users.call({
      ...{ doing: 'changing the user', model: 'res.users', method: 'write', effect: 'write' },
      ...{ ids: [Number(nativeId)], parameters: { vals } },
    }),
  )
}

async function groupCommands(users: Users, writes: Writes, before: Account['attributes']) {
  const type = writes.attributes.find(({ attribute }) => attribute === userType)
  const add = [...writes.memberships.add, ...(type === undefined ? [] : [typeGroup(type.after)])]
  const remove = [
    ...writes.memberships.remove,
    ...(type === undefined ? [] : (before[userType] ?? []).map((old) => typeGroup([old]))),
  ]
  // A group that is gone has nobody in it any more.
  const left = await thoseThere(remove, (name) => groupId(users, name))
  const added = await Promise.all(add.map((name) => groupId(users, name)))
  const removed = await Promise.all(left.map((name) => groupId(users, name)))
  return [...removed.map(unlink), ...added.map(link)]
}

interface Asked {
  readonly login: Scalar | undefined
  readonly nativeId: string | null
  readonly joins: readonly string[]
  readonly vals: Vals
}

/** Why Odoo refuses stands in a sentence of some language: what can be looked up is looked up. */
async function explained(users: Users, { login, nativeId, joins, vals }: Asked, write: () => Promise<unknown>): Promise<unknown> {
  try {
    return await write()
  } catch (error) {
    if (!isGatewayError(error) || error.code !== 'invalid') throw error
    const holder = login === undefined ? null : await findAccount(users, { nativeId: null, correlate: { login: [login] } })
    if (holder !== null && holder.nativeId !== nativeId)
      throw new GatewayError('exists', 'another user has the same login', { cause: error, sent: 'yes' })
    if (joins.length > 0) await forgetGroups(users)
    await Promise.all(joins.map((name) => groupId(users, name)))
    if (!('password' in vals) || !isUserError(error)) throw error
    throw new GatewayError('policy', 'Odoo refuses the change, most likely because of its policy for passwords', {
      ...{ cause: error, sent: 'yes', hint: phrases.passwordLength },
    })
  }
}

export async function removeUser(users: Users, current: Account): Promise<void> {
  const { nativeId } = current
  refuseChanged(current, await findAccount(users, { nativeId, correlate: {} }), users.spelling)
  const domain = [['id', '=', Number(nativeId)]] as const
  const [user] = await search(users, {
    ...{ doing: 'reading the user', model: 'res.users', domain, limit: 1 },
    fields: ['partner_id', 'create_date'],
  })
  if (user === undefined) throw new GatewayError('not_found', 'the user is not there any more', { sent: 'no' })
  await deleteUser(users, user.id)
  await deleteContact(users, Number(idOf(user['partner_id'])), user['create_date'])
}

async function deleteUser(users: Users, id: number): Promise<void> {
  try {
    await users.call({ doing: 'deleting the user', model: 'res.users', method: 'unlink', ids: [id], effect: 'write' })
  } catch (error) {
    if (!isGatewayError(error) || error.code !== 'invalid') throw error
    throw new GatewayError('policy', 'Odoo does not delete a user that its documents refer to, or that it needs itself', {
      ...{ cause: error, sent: 'yes', hint: phrases.disableInstead },
    })
  }
}

/**
 * The contact that came with the user, by the moment at which both were made. One that was there before, or that documents refer to, stays: the
 * user is gone all the same.
 */
async function deleteContact(users: Users, id: number, madeAt: unknown): Promise<void> {
  const model = 'res.partner'
  try {
    const domain = [
      ['id', '=', id],
      ['user_ids', '=', false],
    ] as const
    const [contact] = await search(users, { doing: 'reading the contact', model, domain, fields: ['create_date'], limit: 1 })
    if (contact === undefined || contact['create_date'] !== madeAt) return
    await users.call({ doing: 'deleting the contact', model, method: 'unlink', ids: [id], effect: 'write' })
  } catch (error) {
    if (!isGatewayError(error)) throw error
    users.log.warn({ err: error, contact: id }, 'the contact of a deleted user of Odoo stays')
  }
}

/** The user comes back under a new id, with a new contact, without a password, and without groups that are gone. */
export async function restoreUser(users: Users, account: Account): Promise<Place> {
  const login = account.attributes['login'] ?? []
  const standing =
    (await findAccount(users, { nativeId: account.nativeId, correlate: {} })) ??
    (await findAccount(users, { nativeId: null, correlate: { login } }))
  if (standing !== null) {
    if (accountDifferences(account, standing, users.spelling).length === 0) return standing
    throw new GatewayError('exists', 'another user has the login of the removed one', { sent: 'yes' })
  }
  const memberships = await thoseThere(account.memberships, (name) => groupId(users, name))
  return createUser(users, { attributes: account.attributes, enabled: account.enabled, memberships, secrets: {} })
}
