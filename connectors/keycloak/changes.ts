/**
 * The changes of a user, each as a row of calls that count as one: Keycloak has no transaction over a user, its groups, its roles and its
 * password, so what was done is put back when a later call is refused.
 */
import type { Account, Writes } from '#core/account.ts'
import { GatewayError } from '#core/errors.ts'
import { allOrNothing, type Part } from '#connectors/kit/all-or-nothing.ts'
import { accountDifferences } from '#connectors/kit/compare.ts'
import type { Draft } from '#connectors/kit/connector.ts'
import { emptyWrites } from '#connectors/kit/converge.ts'
import { path } from '#connectors/kit/http.ts'
import { thoseThere } from '#connectors/kit/is-there.ts'
import { refuseOtherSecrets } from '#connectors/kit/password-attribute.ts'
import { refuseChanged } from '#connectors/kit/unchanged.ts'
import { writtenAttributes } from '#connectors/kit/written.ts'
import { isOwnField, spelling, toUser, type KeycloakUser } from './mapping.ts'
import { phrases } from './phrases.ts'
import { forgetGroup, groupId, isKept, readProfile, roleOf, type Realm, type Role } from './realm.ts'
import { complete, findAccount, userById } from './users.ts'

type Place = { readonly nativeId: string; readonly label: string }

const isRole = (membership: string) => membership.startsWith('role:')

/** One call makes the user with its groups and its password; roles are given after it. */
export async function createUser(realm: Realm, draft: Draft): Promise<Place> {
  const { tell, config } = realm
  const username = draft.attributes['username']?.[0]
  if (username === undefined || username === '')
    throw new GatewayError('invalid', 'a user of Keycloak needs a username', { sent: 'no', at: 'username' })
  await refuseDropped(realm, Object.keys(draft.attributes))
  refuseOtherSecrets(Object.keys(draft.secrets), config.passwordAttribute)
  const groups = draft.memberships.filter((membership) => !isRole(membership))
  const roles = await Promise.all(draft.memberships.filter(isRole).map((membership) => roleOf(realm, membership)))
  await Promise.all(groups.map((group) => groupId(realm, group)))
  const password = draft.secrets[config.passwordAttribute]
  const user = {
    ...toUser(draft.attributes),
    enabled: draft.enabled,
    groups,
    ...(password === undefined ? {} : { credentials: [credential(realm, password)] }),
  }
  let nativeId = ''
  const label = String(spelling.value('username', username))
  await allOrNothing([
    {
      async run() {
        const { headers } = await tell({ doing: 'creating the user', method: 'POST', path: '/users', json: user })
        nativeId = createdId(headers['location'])
      },
      undo: async () => void (await tell({ doing: 'removing the new user', method: 'DELETE', path: path`/users/${nativeId}` })),
    },
    ...roles.map((role) => roleParts(realm, () => nativeId, role, true)),
  ])
  return { nativeId, label }
}

/** The new user's address is in the answer's head, so it is known even where the rest of the answer is lost. */
function createdId(location: string | undefined): string {
  const id = /\/users\/([^/?]+)$/.exec(location ?? '')?.[1]
  if (id !== undefined) return decodeURIComponent(id)
  throw new GatewayError('unknown_outcome', 'creating the user: Keycloak did not say where it is', { sent: 'yes' })
}

export async function modifyUser(
  realm: Realm,
  current: Account,
  writes: Writes,
  secrets: Readonly<Record<string, string>>,
): Promise<void> {
  await refuseDropped(
    realm,
    writes.attributes.filter(({ after }) => after.length > 0).map(({ attribute }) => attribute),
  )
  refuseOtherSecrets(writes.secrets, realm.config.passwordAttribute)
  const id = () => current.nativeId
  const parts = [
    ...profileParts(realm, current, writes),
    ...(await membershipParts(realm, id, writes.memberships.add, true)),
    ...(await membershipParts(realm, id, writes.memberships.remove, false)),
    ...(writes.enabled?.after === false ? [logout(realm, current.nativeId)] : []),
    ...writes.secrets.map((name) => passwordPart(realm, current.nativeId, secrets[name] ?? '')),
  ]
  const user = await ownUser(realm, current.nativeId)
  refuseChanged(current, user === null ? null : await complete(realm, user), spelling)
  await allOrNothing(parts)
}

/** Whatever the settings say, whoever logs in next must choose another one. */
export function resetPassword(realm: Realm, current: Account, name: string, password: string): Promise<void> {
  const temporary = { ...realm, config: { ...realm.config, temporaryPasswords: true } }
  return modifyUser(temporary, current, { ...emptyWrites, secrets: [name] }, { [name]: password })
}

/** A PUT that says something of the attributes replaces all of them; one that does not leaves them alone. */
function profileParts({ tell }: Realm, { nativeId, attributes, enabled }: Account, writes: Writes): Part[] {
  if (writes.attributes.length === 0 && writes.enabled === null) return []
  const put = (doing: string, json: unknown) => tell({ doing, method: 'PUT', path: path`/users/${nativeId}`, json })
  const after = writes.attributes.length === 0 ? {} : toUser(writtenAttributes(spelling, attributes, writes))
  const before = writes.attributes.length === 0 ? {} : toUser(attributes)
  const state = writes.enabled === null ? {} : { enabled: writes.enabled.after }
  return [
    {
      run: async () => void (await put('changing the user', { ...after, ...state })),
      undo: async () => void (await put('putting the user back', { ...before, ...(writes.enabled === null ? {} : { enabled }) })),
    },
  ]
}

async function membershipParts(realm: Realm, id: () => string, memberships: readonly string[], joins: boolean): Promise<Part[]> {
  return Promise.all(
    memberships.map(async (membership) => {
      if (isRole(membership)) return roleParts(realm, id, await roleOf(realm, membership), joins)
      const group = await groupId(realm, membership)
      const call = (joining: boolean) => () => groupCall(realm, id(), { group, membership }, joining)
      return { run: call(joins), undo: call(!joins) }
    }),
  )
}

async function groupCall(
  realm: Realm,
  id: string,
  { group, membership }: { readonly group: string; readonly membership: string },
  joins: boolean,
): Promise<void> {
  const { status } = await realm.tell({
    doing: joins ? 'joining a group' : 'leaving a group',
    method: joins ? 'PUT' : 'DELETE',
    path: path`/users/${id}/groups/${group}`,
    also: [404],
  })
  if (status !== 404) return
  await forgetGroup(realm, membership)
  // Who leaves a group that is gone has left it.
  if (joins) throw new GatewayError('not_found', 'joining a group: the group or the user is gone', { sent: 'yes' })
}

function roleParts({ tell }: Realm, id: () => string, { at, role }: Role, gives: boolean): Part {
  const call = (giving: boolean) => async () =>
    void (await tell({
      doing: giving ? 'giving a role' : 'taking a role',
      method: giving ? 'POST' : 'DELETE',
      path: `${path`/users/${id()}/role-mappings/`}${at}`,
      json: [role],
    }))
  return { run: call(gives), undo: call(!gives) }
}

/** Who is disabled is no longer logged in anywhere. Logging out harms nobody whose disabling is put back. */
function logout({ tell }: Realm, id: string): Part {
  return {
    run: async () => void (await tell({ doing: 'ending the sessions', method: 'POST', path: path`/users/${id}/logout` })),
    undo: async () => undefined,
  }
}

/** The last part: nobody can put an old password back. */
function passwordPart(realm: Realm, id: string, password: string): Part {
  return {
    run: async () =>
      void (await realm.tell({
        doing: 'setting the password',
        method: 'PUT',
        path: path`/users/${id}/reset-password`,
        json: credential(realm, password),
      })),
    undo: async () => undefined,
  }
}

const credential = ({ config }: Realm, value: string) => ({ type: 'password', value, temporary: config.temporaryPasswords })

export async function removeUser(realm: Realm, current: Account): Promise<void> {
  const { nativeId } = current
  const user = await ownUser(realm, nativeId)
  refuseChanged(current, user === null ? null : await complete(realm, user), spelling)
  await realm.tell({ doing: 'deleting the user', method: 'DELETE', path: path`/users/${nativeId}` })
}

/** The user comes back under a new id, without a password, and without groups that are gone. */
export async function restoreUser(realm: Realm, account: Account): Promise<Place> {
  const standing =
    (await findAccount(realm, { nativeId: account.nativeId, correlate: {} })) ??
    (await findAccount(realm, { nativeId: null, correlate: { username: account.attributes['username'] ?? [] } }))
  if (standing !== null) {
    const { secrets: _, ...image } = account
    const { secrets: __, ...found } = standing
    if (accountDifferences(image, found, spelling).length === 0) return standing
    throw new GatewayError('exists', 'another user has the name of the removed one', { sent: 'yes' })
  }
  const memberships = await thoseThere(account.memberships, (name) => (isRole(name) ? roleOf(realm, name) : groupId(realm, name)))
  return createUser(realm, { attributes: account.attributes, enabled: account.enabled, memberships, secrets: {} })
}

/** Keycloak answers 2xx and forgets what its user profile does not know. */
async function refuseDropped(realm: Realm, names: readonly string[]): Promise<void> {
  const custom = names.filter((name) => !isOwnField(name))
  if (custom.length === 0) return
  const profile = await readProfile(realm)
  const dropped = custom.find((name) => !isKept(profile, name))
  if (dropped === undefined) return
  throw new GatewayError('config', `the realm would drop the attribute ${dropped} without a word`, {
    sent: 'no',
    at: dropped,
    hint: phrases.addToProfile,
  })
}

/** The user, unless it is of another directory: what is changed here would be written there too, beside what the gateway may write there itself. */
async function ownUser(realm: Realm, id: string): Promise<KeycloakUser | null> {
  const user = await userById(realm, id)
  if (user?.federationLink === undefined || realm.config.federatedUsers) return user
  throw new GatewayError('denied', 'the user belongs to another directory, from which Keycloak takes it', {
    sent: 'no',
    hint: phrases.federated,
  })
}
