/**
 * The changes of a user, each as a row of calls that count as one: GLPI has no transaction over a user, its groups, its profiles and its password.
 * It answers with success and leaves out what it does not like, so what it had remarks on is read back before a change counts.
 */
import type { Account, Writes } from '#core/account.ts'
import { GatewayError, isGatewayError } from '#core/errors.ts'
import { allOrNothing, type Part } from '#connectors/kit/all-or-nothing.ts'
import { accountDifferences } from '#connectors/kit/compare.ts'
import type { Draft } from '#connectors/kit/connector.ts'
import { path } from '#connectors/kit/http.ts'
import { thoseThere } from '#connectors/kit/is-there.ts'
import { refuseOtherSecrets } from '#connectors/kit/password-attribute.ts'
import { refuseChanged } from '#connectors/kit/unchanged.ts'
import { writtenAttributes } from '#connectors/kit/written.ts'
import * as v from 'valibot'
import { refusePartly } from './errors.ts'
import {
  describeUsers,
  refuseAttributes,
  spelling,
  toAccount,
  toEmailInput,
  toFields,
  type Link,
  type User,
  type UserParts,
} from './mapping.ts'
import { phrases } from './phrases.ts'
import { idOf, type Glpi } from './server.ts'
import { complete, findAccount, holderOf, partsOf, userById } from './users.ts'

type Place = { readonly nativeId: string; readonly label: string }
type Fields = Readonly<Record<string, unknown>>

export async function createUser(glpi: Glpi, draft: Draft): Promise<Place> {
  const login = draft.attributes['name']?.[0]
  if (login === undefined)
    throw new GatewayError('invalid', 'a user of GLPI needs a login', { sent: 'no', at: 'name', hint: phrases.setName })
  refuseAttributes(draft.attributes)
  const password = passwordOf(glpi, draft.secrets)
  const links = await Promise.all(draft.memberships.map((membership) => idOf(glpi, membership)))
  const holder = await holderOf(glpi, String(login))
  if (holder !== null && (!holder.is_deleted || !glpi.config.restoreTrashed)) throw taken(holder)
  const { emails = [], ...attributes } = draft.attributes
  const fields = { ...toFields(attributes), is_active: Number(draft.enabled) }
  let id = ''
  await allOrNothing([
    holder === null
      ? {
          async run() {
            id = await addUser(glpi, { ...fields, ...toEmailInput([], emails), ...password }, String(login))
            if ('password' in password) await refuseDroppedPassword(glpi, id, null)
          },
          undo: () => toTrash(glpi, id),
        }
      : returning(glpi, holder, { fields, emails, password, place: (nativeId) => (id = nativeId) }),
    ...links.map((link) => joining(glpi, () => id, link)),
  ])
  return { nativeId: id, label: String(login) }
}

function taken({ is_deleted: isDeleted }: User): GatewayError {
  return new GatewayError('exists', isDeleted ? 'a user in the trash has this login' : 'another user has this login', {
    sent: 'no',
    ...(isDeleted ? { hint: phrases.trashed } : {}),
  })
}

const Added = v.looseObject({ id: v.union([v.number(), v.string()]) })

async function addUser(glpi: Glpi, input: Fields, login: string): Promise<string> {
  const call = { doing: 'creating the user', method: 'POST', path: '/User', json: { input } } as const
  try {
    const added = v.safeParse(Added, (await glpi.tell(call)).json)
    if (added.success) return String(added.output.id)
  } catch (error) {
    // Why GLPI refuses stands in a sentence of some language: the login may have been given away meanwhile.
    const holder = isGatewayError(error) && error.code === 'invalid' ? await holderOf(glpi, login) : null
    throw holder === null ? error : taken(holder)
  }
  throw new GatewayError('unknown_outcome', 'creating the user: GLPI did not say which one it is', { sent: 'yes' })
}

interface Return {
  readonly fields: Fields
  readonly emails: readonly (string | number | boolean)[]
  readonly password: Fields
  readonly place: (nativeId: string) => void
}

/** A user that comes back from the trash has lost the groups, profiles and fields of before: nobody asked for those. */
function returning(glpi: Glpi, holder: User, { fields, emails, password, place }: Return): Part {
  const id = String(holder.id)
  return {
    async run() {
      place(id)
      const parts = await partsOf(glpi, id)
      for (const link of parts.links) await removeLink(glpi, link)
      const input = { is_deleted: 0, ...emptied(glpi, holder), ...fields, ...toEmailInput(parts.emails, emails) }
      await update(glpi, id, input, 'bringing the user back from the trash')
      if ('password' in password) await setPassword(glpi, id, password)
    },
    undo: () => toTrash(glpi, id),
  }
}

/** Every field that the user had, without its value. */
function emptied({ config }: Glpi, holder: User): Fields {
  const { attributes } = toAccount(holder, { emails: [], links: [] }, config.passwordAttribute)
  const { attributes: known } = describeUsers(config.passwordAttribute)
  const had = known.filter(({ name, readOnly }) => !readOnly && (attributes[name] ?? []).length > 0)
  return toFields(Object.fromEntries(had.map(({ name }) => [name, []])))
}

/** A change of one user; throws when GLPI refuses it. */
async function update({ tell }: Glpi, id: string, input: Fields, doing: string): Promise<{ readonly hasRemarks: boolean }> {
  const call = { doing, method: 'PUT', path: path`/User/${id}`, json: { input: { id: Number(id), ...input } } } as const
  return refusePartly(await tell(call), call)
}

async function toTrash({ tell }: Glpi, id: string): Promise<void> {
  const call = { doing: 'putting the user into the trash', method: 'DELETE', path: path`/User/${id}` } as const
  refusePartly(await tell({ ...call, query: { force_purge: 'false' } }), call)
}

function passwordOf({ config }: Glpi, secrets: Readonly<Record<string, string>>): Fields {
  refuseOtherSecrets(Object.keys(secrets), config.passwordAttribute)
  const password = secrets[config.passwordAttribute]
  return password === undefined ? {} : { password, password2: password }
}

const weak = () =>
  new GatewayError('policy', 'GLPI’s password policy refuses the password', {
    ...{ sent: 'yes', hint: phrases.passwordPolicy },
  })

async function setPassword(glpi: Glpi, id: string, password: Fields): Promise<void> {
  const before = (await userById(glpi, id))?.password_last_update ?? null
  try {
    const { hasRemarks } = await update(glpi, id, password, 'setting the password')
    if (!hasRemarks) return
  } catch (error) {
    throw isGatewayError(error) && error.code === 'invalid' ? weak() : error
  }
  await refuseDroppedPassword(glpi, id, before)
}

/** GLPI makes the change, or the user, without the password that it does not like, and says so in a sentence of some language. */
async function refuseDroppedPassword(glpi: Glpi, id: string, before: string | null): Promise<void> {
  const user = await userById(glpi, id)
  if (user === null || user.password_last_update !== before) return
  if (before === null) await toTrash(glpi, id)
  throw weak()
}

export async function modifyUser(
  glpi: Glpi,
  current: Account,
  writes: Writes,
  secrets: Readonly<Record<string, string>>,
): Promise<void> {
  const { nativeId: id } = current
  refuseAttributes(Object.fromEntries(writes.attributes.map(({ attribute, after }) => [attribute, after])))
  const password = passwordOf(glpi, Object.fromEntries(writes.secrets.map((name) => [name, secrets[name] ?? ''])))
  const added = await Promise.all(writes.memberships.add.map((membership) => idOf(glpi, membership)))
  const user = await userById(glpi, id)
  const parts = await partsOf(glpi, id)
  refuseChanged(current, user === null || user.is_deleted ? null : await complete(glpi, user), spelling)
  await refuseTakenLogin(glpi, current, writes)
  await allOrNothing([
    ...fieldsPart(glpi, current, writes, parts),
    ...added.map((link) => joining(glpi, () => id, link)),
    ...parts.links
      .filter(({ membership }) => writes.memberships.remove.includes(membership))
      .map((link) => leaving(glpi, id, link)),
    ...('password' in password ? [{ run: () => setPassword(glpi, id, password), undo: async () => undefined }] : []),
  ])
}

/** GLPI makes the rest of the change and leaves the login as it is, with success. */
async function refuseTakenLogin(glpi: Glpi, { nativeId }: Account, { attributes }: Writes): Promise<void> {
  const login = attributes.find(({ attribute }) => attribute === 'name')?.after[0]
  const holder = login === undefined ? null : await holderOf(glpi, String(login))
  if (holder !== null && String(holder.id) !== nativeId) throw taken(holder)
}

function fieldsPart(glpi: Glpi, current: Account, writes: Writes, { emails: standing }: UserParts): Part[] {
  if (writes.attributes.length === 0 && writes.enabled === null) return []
  const { nativeId: id, attributes } = current
  const written = writtenAttributes(spelling, attributes, writes)
  const touched = writes.attributes.map(({ attribute }) => attribute)
  const only = (from: Account['attributes']) => Object.fromEntries(touched.map((name) => [name, from[name] ?? []]))
  const state = (enabled: boolean | undefined) => (enabled === undefined ? {} : { is_active: Number(enabled) })
  const hasEmails = touched.includes('emails')
  return [
    {
      async run() {
        const emails = hasEmails ? toEmailInput(standing, written['emails'] ?? []) : {}
        const input = { ...toFields(only(written)), ...state(writes.enabled?.after), ...emails }
        const { hasRemarks } = await update(glpi, id, input, 'changing the user')
        if (hasRemarks && touched.includes('name')) await refuseDroppedLogin(glpi, current, writes)
      },
      async undo() {
        const emails = hasEmails ? toEmailInput((await partsOf(glpi, id)).emails, attributes['emails'] ?? []) : {}
        const input = { ...toFields(only(attributes)), ...state(writes.enabled?.before), ...emails }
        await update(glpi, id, input, 'putting the user back')
      },
    },
  ]
}

/** Somebody took the login since it was looked for: what else was written is put back. */
async function refuseDroppedLogin(glpi: Glpi, current: Account, writes: Writes): Promise<void> {
  const login = writes.attributes.find(({ attribute }) => attribute === 'name')?.after[0]
  const user = await userById(glpi, current.nativeId)
  if (user === null || user.name === login) return
  const before = Object.fromEntries(writes.attributes.map(({ attribute }) => [attribute, current.attributes[attribute] ?? []]))
  const enabled = writes.enabled === null ? {} : { is_active: Number(writes.enabled.before) }
  await update(glpi, current.nativeId, { ...toFields(before), ...enabled }, 'putting the user back')
  throw new GatewayError('exists', 'another user has this login', { sent: 'yes' })
}

/** Gives a group or profile; a row that is there already answers for itself. */
function joining(glpi: Glpi, user: () => string, { table, id }: { readonly table: Link['table']; readonly id: number }): Part {
  const reference = table === 'Group_User' ? { groups_id: id } : { profiles_id: id, entities_id: 0, is_recursive: 1 }
  let row: string | null = null
  return {
    async run() {
      const input = { users_id: Number(user()), ...reference }
      const call = { doing: 'giving a group or profile', method: 'POST', path: `/${table}`, json: { input } } as const
      const added = v.safeParse(Added, (await glpi.tell(call)).json)
      row = added.success ? String(added.output.id) : null
    },
    async undo() {
      if (row !== null) await removeRow(glpi, table, row)
    },
  }
}

function leaving(glpi: Glpi, user: string, link: Link): Part {
  return {
    run: () => removeLink(glpi, link),
    undo: async () => joining(glpi, () => user, await idOf(glpi, link.membership)).run(),
  }
}

const removeLink = (glpi: Glpi, { table, id }: Link) => removeRow(glpi, table, String(id))

/** Rows that join two items have no trash. */
async function removeRow({ tell }: Glpi, table: Link['table'], id: string): Promise<void> {
  const call = { doing: 'taking a group or profile', method: 'DELETE', path: `/${table}/${id}` } as const
  const answer = await tell({ ...call, also: [404] })
  if (answer.status !== 404) refusePartly(answer, call)
}

export async function removeUser(glpi: Glpi, current: Account): Promise<void> {
  const user = await userById(glpi, current.nativeId)
  refuseChanged(current, user === null || user.is_deleted ? null : await complete(glpi, user), spelling)
  await toTrash(glpi, current.nativeId)
}

/** Out of the trash with everything it had; anew, without its password, when somebody purged it. */
export async function restoreUser(glpi: Glpi, account: Account): Promise<Place> {
  const { nativeId, label } = account
  const user = await userById(glpi, nativeId)
  if (user?.is_deleted === true) {
    await update(glpi, nativeId, { is_deleted: 0 }, 'bringing the user back from the trash')
    return { nativeId, label }
  }
  const standing =
    (await findAccount(glpi, { nativeId, correlate: {} })) ??
    (await findAccount(glpi, { nativeId: null, correlate: { name: account.attributes['name'] ?? [] } }))
  if (standing !== null) {
    const { secrets: _, ...image } = account
    const { secrets: __, ...found } = standing
    if (accountDifferences(image, found, spelling).length === 0) return standing
    throw new GatewayError('exists', 'another user has the login of the removed one', { sent: 'yes' })
  }
  const memberships = await thoseThere(account.memberships, (membership) => idOf(glpi, membership))
  return createUser(glpi, { attributes: account.attributes, enabled: account.enabled, memberships, secrets: {} })
}
