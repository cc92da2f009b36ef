/**
 * The changes of a user. Its fields and its custom claims are written by calls of their own, so a row of them counts as one: what was done is put
 * back when a later call is refused. The password goes with the fields, in the last call that can be refused.
 */
import { createHash } from 'node:crypto'
import type { Account, Writes } from '#core/account.ts'
import { GatewayError } from '#core/errors.ts'
import type { Attributes } from '#core/values.ts'
import { allOrNothing, type Part } from '#connectors/kit/all-or-nothing.ts'
import { accountDifferences } from '#connectors/kit/compare.ts'
import type { Draft } from '#connectors/kit/connector.ts'
import { emptyWrites } from '#connectors/kit/converge.ts'
import { refuseOtherSecrets } from '#connectors/kit/password-attribute.ts'
import { refuseChanged } from '#connectors/kit/unchanged.ts'
import type { UserImportRecord, UserRecord } from 'firebase-admin/auth'
import { claimsOf, fitting, refuseAttributes, spelling, toAccount, toFields, writtenClaims, type Claims } from './mapping.ts'
import { phrases } from './phrases.ts'
import type { Project } from './project.ts'
import { findAccount, userById } from './users.ts'

type Place = { readonly nativeId: string; readonly label: string }
type Secrets = Readonly<Record<string, string>>

export async function createUser(project: Project, draft: Draft): Promise<Place> {
  const { uid: given, ...attributes } = draft.attributes
  refuseAttributes(attributes, project.config)
  const uid = given?.[0] === undefined ? derivedUid(attributes) : String(given[0])
  const password = passwordOf(project, draft.secrets)
  const fields = filled(toFields(attributes))
  const claims = claimsOfDraft(project, draft)
  const label = String(fields['email'] ?? fields['phoneNumber'] ?? uid)
  await project.lock(uid, () =>
    allOrNothing([
      {
        run: () =>
          write(project, 'creating the user', async (auth) => {
            await auth.createUser({ ...fields, uid, disabled: !draft.enabled, ...(password === undefined ? {} : { password }) })
          }),
        undo: () => write(project, 'removing the new user', (auth) => auth.deleteUser(uid)),
      },
      ...(claims === null ? [] : [claimsPart(project, uid, { before: {}, after: claims })]),
    ]),
  )
  return { nativeId: uid, label }
}

/** The same for the same person, so that a creation that was lost and is made again meets itself. */
function derivedUid({ email, phoneNumber }: Attributes): string {
  const key = email?.[0] ?? phoneNumber?.[0]
  if (key === undefined)
    throw new GatewayError('invalid', 'a user of Firebase needs an e-mail address, a phone number, or a uid', {
      ...{ sent: 'no', at: 'uid', hint: phrases.setOne },
    })
  return createHash('sha256').update(String(key).toLowerCase()).digest('base64url').slice(0, 28)
}

/** A creation has nothing to clear. */
function filled(fields: ReturnType<typeof toFields>): Readonly<Record<string, string | boolean>> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null)) as Record<string, string | boolean>
}

function claimsOfDraft({ config }: Project, { attributes, memberships }: Draft): Claims | null {
  const writes = Object.entries(attributes).map(
    ([attribute, after]) => ({ attribute, before: [], after, multivalued: 'replace' }) as const,
  )
  return writtenClaims({}, { ...emptyWrites, attributes: writes, memberships: { add: memberships, remove: [] } }, config)
}

function claimsPart(project: Project, uid: string, { before, after }: { readonly before: Claims; readonly after: Claims }): Part {
  const put = (doing: string, claims: Claims) =>
    write(project, doing, (auth) => auth.setCustomUserClaims(uid, Object.keys(claims).length === 0 ? null : claims))
  return { run: () => put('writing the claims', after), undo: () => put('putting the claims back', before) }
}

type Auth = Parameters<Parameters<Project['call']>[1]>[0]

async function write(project: Project, doing: string, use: (auth: Auth) => Promise<void>): Promise<void> {
  await project.call({ doing, effect: 'write' }, use)
}

export async function modifyUser(project: Project, current: Account, writes: Writes, secrets: Secrets): Promise<void> {
  const { nativeId: uid } = current
  refuseAttributes(Object.fromEntries(writes.attributes.map(({ attribute, after }) => [attribute, after])), project.config)
  const password = passwordOf(project, Object.fromEntries(writes.secrets.map((name) => [name, secrets[name] ?? ''])))
  await project.lock(uid, async () => {
    const user = await userById(project, uid)
    const found = user === null ? null : toAccount(user, project.config)
    refuseChanged(current, found, spelling)
    const claims = user === null ? null : writtenClaims(user, writes, project.config)
    await allOrNothing([
      ...(claims === null ? [] : [claimsPart(project, uid, { before: user?.customClaims ?? {}, after: claims })]),
      ...fieldsPart(project, current, writes, password),
      ...(writes.enabled?.after === false ? [revocation(project, uid)] : []),
    ])
  })
}

/** One call for everything but claims; Firebase takes an address that changes for an unverified one, unless it is told. */
function fieldsPart(project: Project, current: Account, writes: Writes, password: string | undefined): Part[] {
  const touched = writes.attributes.filter(({ attribute }) => !attribute.startsWith('claims.'))
  const state = writes.enabled
  if (touched.length === 0 && state === null && password === undefined) return []
  const verified = touched.some(({ attribute }) => attribute === 'email')
    ? { emailVerified: current.attributes['emailVerified'] ?? [false] }
    : {}
  const after = { ...verified, ...Object.fromEntries(touched.map((one) => [one.attribute, one.after])) }
  const before = Object.fromEntries(Object.keys(after).map((name) => [name, current.attributes[name] ?? []]))
  const update = (doing: string, attributes: Attributes, enabled: boolean | undefined, secret: { readonly password?: string }) =>
    write(project, doing, async (auth) => {
      const disabled = enabled === undefined ? {} : { disabled: !enabled }
      await auth.updateUser(current.nativeId, { ...toFields(attributes), ...disabled, ...secret })
    })
  return [
    {
      run: () => update('changing the user', after, state?.after, password === undefined ? {} : { password }),
      undo: () => update('putting the user back', before, state?.before, {}),
    },
  ]
}

/** Who is disabled gets no new tokens; those that are out end within the hour. Revoking them harms nobody whose disabling is put back. */
function revocation(project: Project, uid: string): Part {
  return {
    run: () => write(project, 'revoking the refresh tokens', (auth) => auth.revokeRefreshTokens(uid)),
    undo: async () => undefined,
  }
}

export async function removeUser(project: Project, current: Account): Promise<void> {
  const { nativeId: uid } = current
  await project.lock(uid, async () => {
    const user = await userById(project, uid)
    refuseChanged(current, user === null ? null : toAccount(user, project.config), spelling)
    await write(project, 'deleting the user', (auth) => auth.deleteUser(uid))
  })
}

/** The user comes back with its uid, its claims and its links to other providers, without its password. An import overwrites, so it is looked for first. */
export async function restoreUser(project: Project, account: Account): Promise<Place> {
  return project.lock(account.nativeId, async () => {
    const standing = await inItsPlace(project, account)
    if (standing !== null) {
      const { secrets: _, ...image } = account
      const { secrets: __, ...found } = standing
      if (accountDifferences(image, found, spelling).length === 0) return standing
      throw new GatewayError('exists', 'another user has the place of the removed one', { sent: 'yes' })
    }
    const { failureCount } = await project.call({ doing: 'bringing the user back', effect: 'write' }, (auth) =>
      auth.importUsers([toImport(project, account)]),
    )
    if (failureCount > 0)
      throw new GatewayError('invalid', 'bringing the user back: Firebase refuses the user', {
        ...{ sent: 'yes', hint: phrases.createByHand },
      })
    return { nativeId: account.nativeId, label: account.label }
  })
}

async function inItsPlace(project: Project, { nativeId, attributes }: Account): Promise<Account | null> {
  const same = await findAccount(project, { nativeId, correlate: {} })
  if (same !== null) return same
  for (const name of ['email', 'phoneNumber']) {
    const values = attributes[name] ?? []
    const other = values.length === 0 ? null : await findAccount(project, { nativeId: null, correlate: { [name]: values } })
    if (other !== null) return other
  }
  return null
}

function toImport({ config }: Project, account: Account): UserImportRecord {
  const links = (account.attributes['providers'] ?? []).map(
    (link) => JSON.parse(String(link)) as UserRecord['providerData'][number],
  )
  return {
    ...filled(toFields(account.attributes)),
    uid: account.nativeId,
    disabled: !account.enabled,
    customClaims: fitting(claimsOf(account, config)),
    ...(links.length === 0 ? {} : { providerData: links }),
  }
}

function passwordOf({ config }: Project, secrets: Secrets): string | undefined {
  refuseOtherSecrets(Object.keys(secrets), config.passwordAttribute)
  return secrets[config.passwordAttribute]
}
