/**
 * A target that lives in this process: a small but real system with unique logins, groups, hashed passwords, versions and
 * conditional writes. It passes the same contract suite as the others; property tests and the benchmark use it. It is not
 * offered as a connector, since what it holds ends with the process.
 */
import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import * as v from 'valibot'
import type { Account, AccountKey, Writes } from '#core/account.ts'
import { GatewayError } from '#core/errors.ts'
import type { Attributes } from '#core/values.ts'
import { accountDifferences } from './compare.ts'
import { connectionChecks, defineConnector, everyChange, type Connector, type Driver, type Draft } from './connector.ts'
import { correlationOf } from './correlation.ts'
import { kitPhrases } from './phrases.ts'
import { exactSpelling, missingFrom } from './spelling.ts'

export const MemoryConfig = v.strictObject({
  store: v.optional(
    v.pipe(v.string(), v.title('Store'), v.description('Targets with the same store share their accounts.')),
    'memory',
  ),
  unique: v.optional(v.pipe(v.array(v.string()), v.minLength(1), v.title('Unique attributes; the first is the label')), [
    'login',
  ]),
  groups: v.optional(v.pipe(v.array(v.string()), v.title('Groups that exist')), []),
  latencyMs: v.optional(v.pipe(v.number(), v.minValue(0), v.title('Milliseconds per call')), 0),
})
export type MemoryConfig = v.InferOutput<typeof MemoryConfig>

/** All the accounts of one store by native id. Entries are replaced, never changed in place. */
export type MemoryStore = Map<string, Account & { readonly secrets: Readonly<Record<string, string>> }>

export interface MemoryTarget {
  readonly connector: Connector<typeof MemoryConfig>
  /** The accounts themselves, for tests that look at them or change them behind the gateway's back. */
  store(name?: string): MemoryStore
}

/** Every call makes a world of its own. */
export function createMemoryTarget(): MemoryTarget {
  const stores = new Map<string, MemoryStore>()
  const store = (name = 'memory') => {
    const known = stores.get(name) ?? new Map()
    stores.set(name, known)
    return known
  }
  const connector = defineConnector({
    id: 'memory',
    title: { en: 'In-process target', fr: 'Cible en mémoire' },
    config: MemoryConfig,
    capabilities: {
      undo: { create: 'exact', update: 'exact', disable: 'exact', delete: 'exact', password: 'exact', membership: 'exact' },
      idempotent: everyChange('native'),
      memberships: 'account',
      conditionalWrite: everyChange('native'),
      nativeId: 'uuid',
      concurrency: 64,
      deadlineMs: 1_000,
    },
    connect: (config) => ({
      open: async () => new MemoryDriver(store(config.store), config),
      [Symbol.asyncDispose]: async () => undefined,
    }),
  })
  return { connector, store }
}

class MemoryDriver implements Driver {
  readonly #accounts: MemoryStore
  readonly #config: MemoryConfig

  constructor(accounts: MemoryStore, config: MemoryConfig) {
    this.#accounts = accounts
    this.#config = config
  }

  async find({ nativeId, correlate }: AccountKey): Promise<Account | null> {
    await this.#wait()
    if (nativeId !== null) return this.#accounts.get(nativeId) ?? null
    const wanted = correlationOf({ correlate })
    const hits = [...this.#accounts.values()].filter(({ attributes }) => holdsAll(attributes, wanted))
    if (hits.length > 1) throw new GatewayError('ambiguous', 'several accounts match the correlating attributes', { sent: 'yes' })
    return hits[0] ?? null
  }

  async create(draft: Draft) {
    await this.#wait()
    this.#refuseUnknownGroups(draft.memberships)
    this.#refuseTaken(draft.attributes, null)
    return this.#keep(randomUUID(), { ...draft, secrets: hashed(draft.secrets) })
  }

  async modify(current: Account, writes: Writes, secrets: Readonly<Record<string, string>>): Promise<void> {
    await this.#wait()
    const account = this.#unchanged(current)
    this.#refuseUnknownGroups(writes.memberships.add)
    const attributes = written(account.attributes, writes)
    this.#refuseTaken(attributes, account.nativeId)
    const { add, remove } = writes.memberships
    this.#keep(account.nativeId, {
      attributes,
      enabled: writes.enabled?.after ?? account.enabled,
      memberships: [...new Set([...account.memberships.filter((group) => !remove.includes(group)), ...add])],
      secrets: { ...account.secrets, ...hashed(Object.fromEntries(writes.secrets.map((name) => [name, secrets[name] ?? '']))) },
    })
  }

  async remove(current: Account): Promise<void> {
    await this.#wait()
    this.#accounts.delete(this.#unchanged(current).nativeId)
  }

  async restore(account: Account) {
    await this.#wait()
    const standing = this.#accounts.get(account.nativeId)
    if (standing !== undefined && accountDifferences(account, standing).length === 0) return account
    if (standing !== undefined)
      throw new GatewayError('exists', 'another account has the place of the removed one', { sent: 'yes' })
    this.#refuseTaken(account.attributes, account.nativeId)
    const memberships = account.memberships.filter((group) => this.#config.groups.includes(group))
    return this.#keep(account.nativeId, { ...account, memberships, secrets: account.secrets ?? {} })
  }

  async holdsSecret(current: Account, attribute: string, secret: string): Promise<boolean | null> {
    await this.#wait()
    const hash = this.#accounts.get(current.nativeId)?.secrets[attribute]
    return hash !== undefined && hash === hashOf(secret, hash.slice(0, 16))
  }

  async restoreSecrets(current: Account, secrets: Readonly<Record<string, string>>): Promise<void> {
    await this.#wait()
    const account = this.#unchanged(current)
    const kept = Object.entries({ ...account.secrets, ...secrets }).filter(([, hash]) => hash !== '')
    this.#keep(account.nativeId, { ...account, secrets: Object.fromEntries(kept) })
  }

  async testConnection() {
    return {
      ok: true,
      checks: connectionChecks.map((check) => ({
        check,
        ok: true,
        message: kitPhrases.inMemory.en,
        phrase: kitPhrases.inMemory,
      })),
    }
  }

  async discoverSchema() {
    const names = new Set(this.#config.unique)
    for (const { attributes } of this.#accounts.values()) for (const name of Object.keys(attributes)) names.add(name)
    const attribute = {
      type: 'string',
      multivalued: true,
      readOnly: false,
      writeOnly: false,
      maxLength: null,
      allowedValues: null,
    } as const
    const unique = (name: string) => this.#config.unique.includes(name)
    return { attributes: [...names].map((name) => ({ ...attribute, name, required: unique(name), unique: unique(name) })) }
  }

  async *list(pageSize: number) {
    const all = [...this.#accounts.values()]
    for (let start = 0; start < all.length; start += pageSize) yield all.slice(start, start + pageSize)
  }

  async [Symbol.asyncDispose]() {}

  async #wait(): Promise<void> {
    if (this.#config.latencyMs > 0) await sleep(this.#config.latencyMs)
  }

  #unchanged(current: Account) {
    const account = this.#accounts.get(current.nativeId)
    if (account === undefined) throw new GatewayError('not_found', 'the account is not there any more', { sent: 'yes' })
    if (current.version !== undefined && account.version !== current.version)
      throw new GatewayError('stale', 'the account changed since it was read', { sent: 'yes' })
    return account
  }

  #refuseUnknownGroups(groups: readonly string[]): void {
    if (groups.some((group) => !this.#config.groups.includes(group)))
      throw new GatewayError('not_found', 'a group of the change does not exist', { sent: 'yes' })
  }

  #refuseTaken(attributes: Attributes, nativeId: string | null): void {
    for (const name of this.#config.unique) {
      const values = attributes[name] ?? []
      if (values.length === 0) throw new GatewayError('invalid', `the attribute ${name} is required`, { sent: 'yes' })
      const taken = [...this.#accounts.values()].some(
        (other) =>
          other.nativeId !== nativeId &&
          (other.attributes[name] ?? []).some((value) => values.map(String).includes(String(value))),
      )
      if (taken) throw new GatewayError('exists', `another account has the same ${name}`, { sent: 'yes' })
    }
  }

  #keep(
    nativeId: string,
    account: Pick<Account, 'attributes' | 'enabled' | 'memberships'> & { secrets: Readonly<Record<string, string>> },
  ) {
    const { attributes, enabled, memberships, secrets } = account
    const label = String(attributes[this.#config.unique[0] ?? '']?.[0] ?? nativeId)
    this.#accounts.set(nativeId, { nativeId, label, enabled, attributes, memberships, secrets, version: randomUUID() })
    return { nativeId, label }
  }
}

function holdsAll(attributes: Attributes, wanted: ReturnType<typeof correlationOf>): boolean {
  return wanted.every(([name, values]) => missingFrom(exactSpelling, name, values, attributes[name] ?? []).length === 0)
}

function written(attributes: Attributes, writes: Writes): Attributes {
  const result = { ...attributes }
  for (const { attribute, before, after, multivalued } of writes.attributes) {
    const found = result[attribute] ?? []
    const added = missingFrom(exactSpelling, attribute, after, [...before, ...found])
    const removed = missingFrom(exactSpelling, attribute, before, after)
    const values = multivalued === 'replace' ? after : [...missingFrom(exactSpelling, attribute, found, removed), ...added]
    if (values.length > 0) result[attribute] = values
    else delete result[attribute]
  }
  return result
}

function hashed(secrets: Readonly<Record<string, string>>): Record<string, string> {
  const entries = Object.entries(secrets).map(([name, secret]) => [name, hashOf(secret, randomBytes(8).toString('hex'))] as const)
  return Object.fromEntries(entries)
}

/** 16 hex digits of salt, then the digest: accounts here live as long as a test, a slow hash would only slow the tests. */
function hashOf(secret: string, salt: string): string {
  return salt + createHash('sha256').update(salt).update(secret).digest('hex')
}
