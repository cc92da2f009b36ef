/** The calls to the system: finding and listing people, and each change as calls that count as one. */
import * as v from 'valibot'
import { allOrNothing, type Part } from '#connectors/kit/all-or-nothing.ts'
import { accountDifferences } from '#connectors/kit/compare.ts'
import type { Draft } from '#connectors/kit/connector.ts'
import { correlationOf } from '#connectors/kit/correlation.ts'
import { path, type HttpAnswer, type HttpCall } from '#connectors/kit/http.ts'
import { refuseOtherSecrets } from '#connectors/kit/password-attribute.ts'
import { missingFrom } from '#connectors/kit/spelling.ts'
import { refuseChanged } from '#connectors/kit/unchanged.ts'
import { writtenAttributes } from '#connectors/kit/written.ts'
import type { Account, AccountKey, Writes } from '#core/account.ts'
import { GatewayError } from '#core/errors.ts'
import { passwordAttribute, Person, spelling, toAccount, toBody } from './mapping.ts'
import { phrases } from './phrases.ts'

type Place = { readonly nativeId: string; readonly label: string }
type Secrets = Readonly<Record<string, string>>

export interface System {
  readonly call: (call: Omit<HttpCall, 'signal'>) => Promise<HttpAnswer>
}

const One = v.object({ data: Person })
const Many = v.object({ items: v.array(Person) })

/** An answer in another form than the system's is not our system's. */
function read<Schema extends v.GenericSchema>(schema: Schema, { json }: HttpAnswer): v.InferOutput<Schema> {
  const parsed = v.safeParse(schema, json)
  if (parsed.success) return parsed.output
  throw new GatewayError('config', 'the answer is not in the form of this system', { sent: 'yes', hint: phrases.url })
}

export async function findAccount(system: System, { nativeId, correlate }: AccountKey): Promise<Account | null> {
  if (nativeId !== null) return accountById(system, nativeId)
  const wanted = correlationOf({ correlate })
  const query = { login: String(correlate['login']?.[0] ?? '') }
  const answer = await system.call({ doing: 'looking for the account', method: 'GET', path: '/people', query })
  // A search may find more than what was asked for.
  const hits = read(Many, answer)
    .items.map(toAccount)
    .filter(({ attributes }) =>
      wanted.every(([name, values]) => missingFrom(spelling, name, values, attributes[name] ?? []).length === 0),
    )
  if (hits.length > 1)
    throw new GatewayError('ambiguous', 'several accounts have the correlating values', {
      sent: 'yes',
      hint: phrases.unique,
    })
  return hits[0] ?? null
}

async function accountById({ call }: System, id: string): Promise<Account | null> {
  const answer = await call({ doing: 'reading the account', method: 'GET', path: path`/people/${id}`, also: [404] })
  return answer.status === 404 ? null : toAccount(read(One, answer).data)
}

export async function* listAccounts({ call }: System, pageSize: number): AsyncIterable<readonly Account[]> {
  for (let page = 0; ; page++) {
    const query = { page, size: pageSize }
    const { items } = read(Many, await call({ doing: 'listing accounts', method: 'GET', path: '/people', query }))
    if (items.length > 0) yield items.map(toAccount)
    if (items.length < pageSize) return
  }
}

export async function createAccount(system: System, { attributes, memberships, enabled, secrets }: Draft): Promise<Place> {
  const json = { ...toBody(attributes), ...passwordOf(secrets, Object.keys(secrets)) }
  let nativeId = ''
  const id = () => nativeId
  const make: Part = {
    async run() {
      const answer = await system.call({ doing: 'creating the account', method: 'POST', path: '/people', json })
      const made = v.safeParse(One, answer.json)
      // The answer was cut: the account itself says its id.
      nativeId = made.success ? String(made.output.data.number) : await idBySearch(system, attributes)
    },
    undo: () => remove(system, nativeId),
  }
  await allOrNothing([
    make,
    ...memberships.map((team) => teamPart(system, id, team, true)),
    ...(enabled ? [] : [statePart(system, id, false)]),
  ])
  return { nativeId, label: String(attributes['login']?.[0] ?? nativeId) }
}

async function idBySearch(system: System, correlate: Draft['attributes']): Promise<string> {
  const login = correlate['login'] ?? []
  const found = await findAccount(system, { nativeId: null, correlate: { login } }).catch(() => null)
  if (found !== null) return found.nativeId
  throw new GatewayError('unknown_outcome', 'creating the account: the answer was cut', { sent: 'yes' })
}

export async function modifyAccount(system: System, current: Account, writes: Writes, secrets: Secrets): Promise<void> {
  const id = () => current.nativeId
  const password = passwordOf(secrets, writes.secrets)
  const parts = [
    ...(writes.attributes.length === 0 ? [] : [attributesPart(system, current, writes)]),
    ...(writes.enabled === null ? [] : [statePart(system, id, writes.enabled.after)]),
    ...writes.memberships.add.map((team) => teamPart(system, id, team, true)),
    ...writes.memberships.remove.map((team) => teamPart(system, id, team, false)),
    // Last: nobody can put the old one back.
    ...(password === null ? [] : [passwordPart(system, id, password)]),
  ]
  refuseChanged(current, await accountById(system, current.nativeId), spelling)
  await allOrNothing(parts)
}

function attributesPart({ call }: System, { nativeId, attributes: before }: Account, writes: Writes): Part {
  const changed = writes.attributes.map(({ attribute }) => attribute)
  const after = writtenAttributes(spelling, before, writes)
  const set = (attributes: Account['attributes']) => async () => {
    const json = toBody(Object.fromEntries(changed.map((name) => [name, attributes[name] ?? []])))
    await call({ doing: 'changing the account', method: 'PATCH', path: path`/people/${nativeId}`, json })
  }
  return { run: set(after), undo: set(before) }
}

function statePart({ call }: System, id: () => string, enabled: boolean): Part {
  const set = (state: boolean) => async () => {
    const json = { state: state ? 'active' : 'locked' }
    await call({ doing: 'changing the state', method: 'PUT', path: path`/people/${id()}/state`, json })
  }
  return { run: set(enabled), undo: set(!enabled) }
}

function teamPart({ call }: System, id: () => string, team: string, joins: boolean): Part {
  const set = (joining: boolean) => async () => {
    const method = joining ? 'PUT' : 'DELETE'
    await call({ doing: 'changing a membership', method, path: path`/people/${id()}/teams/${team}` })
  }
  return { run: set(joins), undo: set(!joins) }
}

function passwordPart({ call }: System, id: () => string, json: { readonly password: string }): Part {
  return {
    run: async () =>
      void (await call({ doing: 'setting the password', method: 'PUT', path: path`/people/${id()}/password`, json })),
    undo: async () => undefined,
  }
}

function passwordOf(secrets: Secrets, names: readonly string[]): { readonly password: string } | null {
  refuseOtherSecrets(names, passwordAttribute)
  return names.length === 0 ? null : { password: secrets[passwordAttribute] ?? '' }
}

export async function removeAccount(system: System, current: Account): Promise<void> {
  refuseChanged(current, await accountById(system, current.nativeId), spelling)
  await remove(system, current.nativeId)
}

async function remove({ call }: System, id: string): Promise<void> {
  await call({ doing: 'deleting the account', method: 'DELETE', path: path`/people/${id}` })
}

/** It comes back as a new account, under another id and without its password. */
export async function restoreAccount(system: System, account: Account): Promise<Place> {
  const login = account.attributes['login'] ?? []
  const standing = await findAccount(system, { nativeId: null, correlate: { login } })
  if (standing === null) return createAccount(system, { ...account, secrets: {} })
  if (accountDifferences(account, standing, spelling).length === 0) return standing
  throw new GatewayError('exists', 'another account has the place of the removed one', { sent: 'yes' })
}
