/** Finding users with everything that belongs to them, disabled ones included. */
import type { Account, AccountKey } from '#core/account.ts'
import { GatewayError } from '#core/errors.ts'
import { correlationOf } from '#connectors/kit/correlation.ts'
import { path } from '#connectors/kit/http.ts'
import { missingFrom } from '#connectors/kit/spelling.ts'
import * as v from 'valibot'
import { Credential, isOwnField, KeycloakUser, spelling, toAccount } from './mapping.ts'
import { phrases } from './phrases.ts'
import type { Realm } from './realm.ts'

/** So many users may have the searched values in Keycloak's eyes before we stop looking for the one that has them in ours. */
const lookalikes = 20

export async function findAccount(realm: Realm, { nativeId, correlate }: AccountKey): Promise<Account | null> {
  const user = nativeId === null ? await correlated(realm, correlate) : await userById(realm, nativeId)
  return user === null ? null : complete(realm, user)
}

export function userById({ askMaybe }: Realm, id: string): Promise<KeycloakUser | null> {
  return askMaybe(KeycloakUser, { doing: 'reading the user', method: 'GET', path: path`/users/${id}` })
}

async function correlated({ ask, target }: Realm, correlate: AccountKey['correlate']): Promise<KeycloakUser | null> {
  const wanted = correlationOf({ correlate })
  const query = { ...searchOf(wanted), max: lookalikes, briefRepresentation: false }
  const found = await ask(v.array(KeycloakUser), { doing: 'searching the user', method: 'GET', path: '/users', query })
  const hits = found.filter((user) => {
    const { attributes } = toAccount(user, { memberships: [], credentials: [] }, '')
    return wanted.every(([name, values]) => missingFrom(spelling, name, values, attributes[name] ?? []).length === 0)
  })
  if (hits.length > 1 || found.length === lookalikes)
    throw new GatewayError('ambiguous', `${target}: several users have the correlating values`, {
      sent: 'yes',
      hint: phrases.unique,
    })
  return hits[0] ?? null
}

/** By the user's own fields where there are any; Keycloak's search of custom attributes is for those without. */
function searchOf(wanted: ReturnType<typeof correlationOf>): Readonly<Record<string, string | boolean>> {
  const own = wanted.filter(([name]) => isOwnField(name) && name !== 'emailVerified')
  if (own.length > 0) {
    const fields = own.map(([name, values]) => [name, String(spelling.value(name, values[0] ?? ''))] as const)
    return { ...Object.fromEntries(fields), exact: true }
  }
  const terms = wanted.flatMap(([name, values]) => values.map((value) => `${quoted(name)}:${quoted(String(value))}`))
  return { q: terms.join(' ') }
}

/** Keycloak's search has quotes but no way to write one that every version understands. */
function quoted(text: string): string {
  if (!/["\\]/.test(text)) return `"${text}"`
  throw new GatewayError('invalid', 'Keycloak cannot search a custom attribute for a quote or a backslash', {
    sent: 'no',
    hint: phrases.quoted,
  })
}

const Groups = v.array(v.object({ path: v.string() }))
const Mapped = v.optional(v.array(v.object({ name: v.string() })), [])
const Roles = v.object({
  realmMappings: Mapped,
  clientMappings: v.optional(v.record(v.string(), v.object({ mappings: Mapped })), {}),
})

export async function complete(realm: Realm, user: KeycloakUser): Promise<Account> {
  const { ask, config } = realm
  const [groups, roles, credentials] = await Promise.all([
    ask(Groups, { doing: 'reading the groups of the user', method: 'GET', path: path`/users/${user.id}/groups` }),
    config.roles ? rolesOf(realm, user.id) : [],
    ask(v.array(Credential), {
      doing: 'reading when the password was set',
      method: 'GET',
      path: path`/users/${user.id}/credentials`,
    }),
  ])
  const memberships = [...groups.map((group) => group.path), ...roles]
  return toAccount(user, { memberships, credentials }, config.passwordAttribute)
}

/** Every user has the realm's default role: it is nobody's membership. */
async function rolesOf({ ask, config }: Realm, id: string): Promise<readonly string[]> {
  const mappings = await ask(Roles, {
    doing: 'reading the roles of the user',
    method: 'GET',
    path: path`/users/${id}/role-mappings`,
  })
  const ofRealm = mappings.realmMappings.map(({ name }) => `role:${name}`)
  const ofClients = Object.entries(mappings.clientMappings).flatMap(([client, own]) =>
    own.mappings.map(({ name }) => `role:${client}/${name}`),
  )
  return [...ofRealm, ...ofClients].filter((role) => role !== `role:default-roles-${config.realm.toLowerCase()}`)
}

/** So many users are completed at once while listing. */
const together = 8

export async function* listAccounts(realm: Realm, pageSize: number): AsyncIterable<readonly Account[]> {
  for (let first = 0; ; first += pageSize) {
    const query = { first, max: pageSize, briefRepresentation: false }
    const users = await realm.ask(v.array(KeycloakUser), { doing: 'listing the users', method: 'GET', path: '/users', query })
    const page: Account[] = []
    for (let start = 0; start < users.length; start += together)
      page.push(...(await Promise.all(users.slice(start, start + together).map((user) => complete(realm, user)))))
    if (page.length > 0) yield page
    if (users.length < pageSize) return
  }
}
