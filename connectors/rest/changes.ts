/** The changes of an account, each as a row of calls that count as one: what was done is put back when a later call is refused. */
import type { Account, Writes } from '#core/account.ts'
import { GatewayError } from '#core/errors.ts'
import type { Attributes } from '#core/values.ts'
import { allOrNothing, type Part } from '#connectors/kit/all-or-nothing.ts'
import { accountDifferences } from '#connectors/kit/compare.ts'
import type { Draft, Lack } from '#connectors/kit/connector.ts'
import { refuseChanged } from '#connectors/kit/unchanged.ts'
import { writtenAttributes } from '#connectors/kit/written.ts'
import { kitPhrases } from '#connectors/kit/phrases.ts'
import { findAccount } from './accounts.ts'
import type { Api } from './api.ts'
import { lacksOf, speaksOf } from './capabilities.ts'
import { isReadable } from './config.ts'
import { at, idOf, refuseUnknown, spelling, withoutReadOnly } from './mapping.ts'
import { phrases } from './phrases.ts'
import { mentions } from './template.ts'

type Place = { readonly nativeId: string; readonly label: string }
type Secrets = Readonly<Record<string, string>>

export async function createAccount(api: Api, { attributes, memberships, enabled, secrets }: Draft): Promise<Place> {
  const { call, config } = api
  const { create } = config.operations
  refuseUnknown(config, Object.keys(attributes))
  const secret = secretOf(api, Object.keys(secrets), secrets)
  const inBody = { secret: mentions(create?.body, 'secret'), groups: mentions(create?.body, 'groups') }
  let nativeId = ''
  const id = () => nativeId
  refuseLacking(api, { memberships: memberships.length > 0, disable: !enabled, passwords: secret !== undefined })
  if (memberships.length > 0 && !inBody.groups) api.need('addMembership')
  if (secret !== undefined && !inBody.secret) api.need('setPassword')
  if (!enabled && !mentions(create?.body, 'enabled')) api.need('disable')
  const context = { attributes, enabled, groups: memberships, ...(secret === undefined ? {} : { secret }) }
  const make: Part = {
    async run() {
      const { json, headers } = await call('create', context)
      nativeId = idOf(config, at(json, create?.result ?? '')) ?? idAt(headers['location']) ?? (await idBySearch(api, attributes))
    },
    undo: async () => void (await call('delete', { id: nativeId })),
  }
  await allOrNothing([
    make,
    ...(inBody.groups ? [] : memberships.map((group) => membershipPart(api, id, group, true))),
    ...(!enabled && !mentions(create?.body, 'enabled') ? [statePart(api, id, false)] : []),
    ...(secret === undefined || inBody.secret ? [] : [passwordPart(api, id, secret)]),
  ])
  return { nativeId, label: String(attributes[config.account.label ?? '']?.[0] ?? nativeId) }
}

const idAt = (location: string | undefined) => {
  const last = location?.split(/[?#]/)[0]?.split('/').filter(Boolean).at(-1)
  return last === undefined ? null : decodeURIComponent(last)
}

/** The answer to the creation was cut, or does not say the id: the account itself is asked for. */
async function idBySearch(api: Api, attributes: Attributes): Promise<string> {
  const { lookup } = api.config.operations
  const correlate = Object.fromEntries(Object.entries(attributes).filter(([name]) => searchesBy(lookup, name)))
  if (isReadable(api.config.operations) && Object.keys(correlate).length > 0) {
    const found = await findAccount(api, { nativeId: null, correlate }).catch(() => null)
    if (found !== null) return found.nativeId
  }
  throw new GatewayError('unknown_outcome', 'operation create: the answer does not say the id of the new account', {
    sent: 'yes',
    hint: phrases.idPlace,
  })
}

const searchesBy = (operation: object | undefined, attribute: string) =>
  JSON.stringify(operation ?? {}).includes(`{{correlate.${attribute}}}`)

export async function modifyAccount(api: Api, current: Account, writes: Writes, secrets: Secrets): Promise<void> {
  const { config } = api
  refuseUnknown(
    config,
    writes.attributes.map(({ attribute }) => attribute),
  )
  const secret = secretOf(api, writes.secrets, secrets)
  const id = () => current.nativeId
  refuseUnwritable(api, writes, secret)
  const parts = [
    ...updateParts(api, current, writes),
    ...writes.memberships.add.map((group) => membershipPart(api, id, group, true)),
    ...writes.memberships.remove.map((group) => membershipPart(api, id, group, false)),
    ...(secret === undefined ? [] : [passwordPart(api, id, secret)]),
  ]
  if (isReadable(config.operations)) {
    refuseChanged(current, await findAccount(api, { nativeId: current.nativeId, correlate: {} }), spelling)
  }
  await allOrNothing(parts)
}

/** Before anything is sent: what the target has no call for, and what it could not show afterwards. */
function refuseUnwritable(api: Api, { attributes, memberships, enabled }: Writes, secret: string | undefined): void {
  const joinsOrLeaves = memberships.add.length + memberships.remove.length > 0
  refuseLacking(api, { memberships: joinsOrLeaves, disable: enabled !== null, passwords: secret !== undefined })
  if (memberships.add.length > 0) api.need('addMembership')
  if (memberships.remove.length > 0) api.need('removeMembership')
  if (secret !== undefined) api.need('setPassword')
  const unsaid = attributes.find(({ attribute }) => !speaksOf(api.need('update'), attribute))
  if (unsaid !== undefined)
    throw new GatewayError('unsupported', `${api.target}: the operation update does not write ${unsaid.attribute}`, {
      sent: 'no',
      at: unsaid.attribute,
      hint: phrases.addToUpdate,
    })
}

const lackTexts: Readonly<Record<Lack, string>> = {
  rename: 'a new login',
  disable: 'the state of accounts',
  memberships: 'membership of groups',
  passwords: 'setting passwords',
}

function refuseLacking({ target, config }: Api, wanted: Partial<Readonly<Record<Lack, boolean>>>): void {
  const lack = lacksOf(config).find((one) => wanted[one] === true)
  if (lack === undefined) return
  throw new GatewayError('unsupported', `${target} cannot take such a change: ${lackTexts[lack]} is not described`, {
    sent: 'no',
    hint: phrases.describe,
  })
}

/** One update says the attributes, and the state too where its body speaks of it; else the state has operations of its own. */
function updateParts(api: Api, current: Account, writes: Writes): Part[] {
  const { config, has } = api
  const { nativeId, version } = current
  const statesInUpdate = mentions(config.operations.update?.body, 'enabled') && !(has('enable') && has('disable'))
  const changesState = writes.enabled !== null
  const parts: Part[] = []
  if (writes.attributes.length > 0 || (changesState && statesInUpdate)) {
    const changed = new Set(writes.attributes.map(({ attribute }) => attribute))
    const before = withoutReadOnly(config, current.attributes)
    const enabled = statesInUpdate ? (writes.enabled?.after ?? current.enabled) : current.enabled
    const update = (attributes: Attributes, state: boolean, ifVersion: string | undefined) =>
      api.call('update', { id: nativeId, attributes, changed, enabled: state }, { version: ifVersion })
    parts.push({
      run: async () => void (await update(writtenAttributes(spelling, before, writes), enabled, version)),
      // What the API made of the change has another version.
      undo: async () => void (await update(before, current.enabled, undefined)),
    })
  }
  if (writes.enabled !== null && !statesInUpdate) parts.push(statePart(api, () => nativeId, writes.enabled.after))
  return parts
}

function statePart({ call }: Api, id: () => string, enabled: boolean): Part {
  const set = (state: boolean) => async () => void (await call(state ? 'enable' : 'disable', { id: id(), enabled: state }))
  return { run: set(enabled), undo: set(!enabled) }
}

function membershipPart({ call }: Api, id: () => string, group: string, joins: boolean): Part {
  const set = (joining: boolean) => async () => {
    // Who is not in a group has left it.
    const also = joining ? [] : [404]
    await call(joining ? 'addMembership' : 'removeMembership', { id: id(), group }, { also })
  }
  return { run: set(joins), undo: set(!joins) }
}

/** The last part: nobody can put an old password back. */
function passwordPart({ call }: Api, id: () => string, secret: string): Part {
  return { run: async () => void (await call('setPassword', { id: id(), secret })), undo: async () => undefined }
}

function secretOf({ config }: Api, names: readonly string[], secrets: Secrets): string | undefined {
  const other = names.find((name) => name !== config.passwordAttribute)
  if (other !== undefined)
    throw new GatewayError('config', `${other} is not where this target takes a password`, {
      sent: 'no',
      at: other,
      hint: kitPhrases.passwordName({ name: config.passwordAttribute }),
    })
  return names.length === 0 ? undefined : secrets[config.passwordAttribute]
}

export async function removeAccount(api: Api, current: Account): Promise<void> {
  const { nativeId, version } = current
  if (isReadable(api.config.operations)) refuseChanged(current, await findAccount(api, { nativeId, correlate: {} }), spelling)
  await api.call('delete', { id: nativeId }, { version })
}

/** The account comes back as a new one: under another id where the API gives ids, and without a password. */
export async function restoreAccount(api: Api, account: Account): Promise<Place> {
  const { config } = api
  const attributes = withoutReadOnly(config, account.attributes)
  const standing = (await findAccount(api, { nativeId: account.nativeId, correlate: {} })) ?? (await searched(api, attributes))
  if (standing === null) return createAccount(api, { ...account, attributes, secrets: {} })
  if (accountDifferences(account, standing, spelling).length === 0) return standing
  throw new GatewayError('exists', 'another account has the place of the removed one', { sent: 'yes' })
}

async function searched(api: Api, attributes: Attributes): Promise<Account | null> {
  const correlate = Object.fromEntries(
    Object.entries(attributes).filter(([name]) => searchesBy(api.config.operations.lookup, name)),
  )
  return Object.keys(correlate).length === 0 ? null : findAccount(api, { nativeId: null, correlate })
}
