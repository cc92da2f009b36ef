/** Finding users with everything that belongs to them. Who is in the trash is not there, and is looked for where its login would be in the way. */
import type { Account, AccountKey } from '#core/account.ts'
import { GatewayError, isGatewayError } from '#core/errors.ts'
import { correlationOf } from '#connectors/kit/correlation.ts'
import { path } from '#connectors/kit/http.ts'
import { missingFrom } from '#connectors/kit/spelling.ts'
import * as v from 'valibot'
import { Email, GroupUser, ProfileUser, spelling, toAccount, User, type Link, type UserParts } from './mapping.ts'
import { phrases } from './phrases.ts'
import { askPage, nameOf, type Glpi } from './server.ts'

/** So many users may have a searched value in GLPI's eyes before we stop looking for the one that has it in ours. */
const lookalikes = 50

export async function findAccount(glpi: Glpi, { nativeId, correlate }: AccountKey): Promise<Account | null> {
  if (nativeId === null) return correlated(glpi, correlate)
  const user = await userById(glpi, nativeId)
  return user === null || user.is_deleted ? null : complete(glpi, user)
}

/** In the trash or not. */
export async function userById({ ask }: Glpi, id: string): Promise<User | null> {
  if (!/^[1-9]\d{0,17}$/.test(id)) return null
  try {
    return await ask(User, { doing: 'reading the user', method: 'GET', path: path`/User/${id}` })
  } catch (error) {
    if (isGatewayError(error) && error.code === 'not_found') return null
    throw error
  }
}

async function correlated(glpi: Glpi, correlate: AccountKey['correlate']): Promise<Account | null> {
  const wanted = correlationOf({ correlate })
  const found = await candidates(glpi, wanted)
  const accounts = await Promise.all(found.map((user) => complete(glpi, user)))
  const hits = accounts.filter(({ attributes }) =>
    wanted.every(([name, values]) => missingFrom(spelling, name, values, attributes[name] ?? []).length === 0),
  )
  if (hits.length > 1 || found.length >= lookalikes)
    throw new GatewayError('ambiguous', `${glpi.target}: several users have the correlating values`, {
      ...{ sent: 'yes', hint: phrases.unique },
    })
  return hits[0] ?? null
}

async function candidates(glpi: Glpi, wanted: ReturnType<typeof correlationOf>): Promise<readonly User[]> {
  const email = wanted.find(([name]) => name === 'emails')?.[1][0]
  const isOnlyEmail = wanted.every(([name]) => name === 'emails')
  if (!isOnlyEmail || email === undefined)
    return search(glpi, 'User', User, searched(wanted.filter(([name]) => name !== 'emails')))
  const Row = v.looseObject({ users_id: v.number() })
  const rows = await search(glpi, 'UserEmail', Row, { 'searchText[email]': anchored(String(spelling.value('emails', email))) })
  const ids = [...new Set(rows.map(({ users_id: id }) => String(id)))]
  const users = await Promise.all(ids.map((id) => userById(glpi, id)))
  return users.flatMap((user) => (user === null || user.is_deleted ? [] : [user]))
}

function searched(wanted: ReturnType<typeof correlationOf>): Readonly<Record<string, string>> {
  return Object.fromEntries(wanted.map(([name, values]) => [`searchText[${name}]`, anchored(String(values[0]))]))
}

/** GLPI searches for a part of a text, unless it is told where the text begins and ends. */
const anchored = (text: string) => `^${text}$`

function search<Row extends v.GenericSchema>(
  glpi: Glpi,
  itemtype: string,
  row: Row,
  query: Readonly<Record<string, string>>,
): Promise<readonly v.InferOutput<Row>[]> {
  const call = { doing: 'searching the user', method: 'GET', path: `/${itemtype}` } as const
  return askPage(glpi, v.array(row), { ...call, query: { ...query, range: `0-${lookalikes - 1}` } })
}

/** Who has this login, in the trash and out of it: GLPI gives it to nobody else. */
export async function holderOf(glpi: Glpi, login: string): Promise<User | null> {
  for (const isDeleted of ['0', '1']) {
    const found = await search(glpi, 'User', User, { 'searchText[name]': anchored(login), is_deleted: isDeleted })
    const holder = found.find(({ name }) => name?.toLowerCase() === login.toLowerCase())
    if (holder !== undefined) return holder
  }
  return null
}

export async function complete(glpi: Glpi, user: User): Promise<Account> {
  return toAccount(user, await partsOf(glpi, String(user.id)), glpi.config.passwordAttribute)
}

/** A user who has more rows than this of one kind is not read whole. */
const most = 1_000

export async function partsOf(glpi: Glpi, id: string): Promise<UserParts> {
  const rows = <Row extends v.GenericSchema>(table: string, row: Row) =>
    askPage(glpi, v.array(row), {
      ...{ doing: 'reading what belongs to the user', method: 'GET', path: path`/User/${id}/` + table },
      query: { range: `0-${most - 1}` },
    })
  const [emails, groups, profiles] = await Promise.all([
    rows('UserEmail', Email),
    rows('Group_User', GroupUser),
    glpi.config.profiles ? rows('Profile_User', ProfileUser) : [],
  ])
  const links: Link[] = []
  for (const { id: row, groups_id: group, is_dynamic: isDynamic } of groups) {
    const membership = isDynamic ? null : await nameOf(glpi, 'Group', group)
    if (membership !== null) links.push({ id: row, table: 'Group_User', membership })
  }
  for (const { id: row, profiles_id: profile, entities_id: entity, is_dynamic: isDynamic } of profiles) {
    const membership = isDynamic || entity !== 0 ? null : await nameOf(glpi, 'Profile', profile)
    if (membership !== null) links.push({ id: row, table: 'Profile_User', membership })
  }
  return { emails, links }
}

/** So many users are completed at once while listing. */
const together = 4

export async function* listAccounts(glpi: Glpi, pageSize: number): AsyncIterable<readonly Account[]> {
  for (let start = 0; ; start += pageSize) {
    const query = { range: `${start}-${start + pageSize - 1}`, is_deleted: '0', sort: 'id', order: 'ASC' }
    const users = await askPage(glpi, v.array(User), { doing: 'listing the users', method: 'GET', path: '/User', query })
    const page: Account[] = []
    for (let next = 0; next < users.length; next += together)
      page.push(...(await Promise.all(users.slice(next, next + together).map((user) => complete(glpi, user)))))
    if (page.length > 0) yield page
    if (users.length < pageSize) return
  }
}
