/**
 * What every connector is: data about itself, a configuration schema, and a driver that can find and change accounts in one
 * kind of system. The driver only speaks the protocol. Deciding what to write, verifying and compensating are the same for
 * all systems and stand in `session.ts`, on top of the driver.
 */
import type { Account, AccountKey, Writes } from '#core/account.ts'
import type { TargetCache } from '#core/cache.ts'
import type { ErrorCode } from '#core/errors.ts'
import type { Phrase, Phrases, Text } from '#core/phrase.ts'
import type { Operation } from '#core/plan.ts'
import type { TargetLimits } from '#core/target-limits.ts'
import type { Attributes, Scalar } from '#core/values.ts'
import type { Logger } from 'pino'
import type * as v from 'valibot'

export type { Text } from '#core/phrase.ts'

/**
 * What an undo leaves. exact: all as before; lossy: something cannot be had again; reset: of a password, neither the new one nor the old one, but one that
 * nobody knows, and people are told; none: what was done stays.
 */
export type Undo = 'exact' | 'lossy' | 'reset' | 'none'

/**
 * What comes of a change that reaches the system twice. native: no more than of one, whether the system takes the second one or refuses it (`exists`,
 * `not_found`); readback: it may be made twice, or be refused for no good reason, so that it is read back what became of the first; none: nobody can
 * read that either, and a person decides. Whatever it is, no change whose outcome is unknown is repeated before the target was read.
 */
export type Idempotent = 'native' | 'readback' | 'none'

/**
 * Whether a change is bound to the account as it was read, which others may have changed since. native: the system refuses it then; looked: the connector
 * looks just before it writes, and what is left is the time of one call; none: it is written all the same. Of a creation, what was read is that there
 * is no such account.
 */
export type Conditional = 'native' | 'looked' | 'none'

/** Where a membership is kept: on the account, on the group, or as a record of its own between both. */
export type MembershipHome = 'account' | 'group' | 'link'

/** What a change is, to a system. An account is enabled like it is disabled, and renamed like it is updated. */
export type PerChange<What> = Readonly<Record<'create' | 'update' | 'disable' | 'delete' | 'password' | 'membership', What>>

/** The same of every change. */
export function everyChange<const What>(what: What): PerChange<What> {
  return { create: what, update: what, disable: what, delete: what, password: what, membership: what }
}

/** What some kinds of system, or some targets, do not have. */
export type Lack = 'rename' | 'disable' | 'memberships' | 'passwords'

/** What a kind of system can do; shown to people, and used by the planner's warnings. */
export interface Capabilities {
  readonly undo: PerChange<Undo>
  readonly idempotent: PerChange<Idempotent>
  readonly memberships: MembershipHome
  /** What it does not have; nothing when absent. A change that needs it is refused as `unsupported`, before anything is sent. */
  readonly lacks?: readonly Lack[]
  /** By what a change is kept from overwriting what others wrote (assertion control, guarded UPDATE, `If-Match`, a look). */
  readonly conditionalWrite: PerChange<Conditional>
  /** What the native id is, for example `entryUUID`. */
  readonly nativeId: string
  /** How many jobs of one process the target bears at once: the usual size of its pool of connections, or its places (`places.ts`). */
  readonly concurrency: number
  /** Steps that it takes in each such time, where it has a quota: the limit of a target whose configuration names none (`limits.ts`). */
  readonly rate?: NonNullable<TargetLimits['rateLimit']>
  /** Milliseconds after which a call's outcome counts as unknown; also how long `verify` waits for the server to give up. */
  readonly deadlineMs: number
}

/**
 * The operations that this kind of system cannot undo exactly: the planner puts them in a last phase, after everything that can be. An account
 * that was enabled is disabled again like one that was disabled is enabled.
 */
export function cannotUndo({ undo }: Capabilities): readonly Operation[] {
  const asked: readonly [Operation, Undo][] = [
    ...(Object.entries(undo) as [keyof Capabilities['undo'], Undo][]),
    ['enable', undo.disable],
  ]
  return asked.filter(([, how]) => how !== 'exact').map(([operation]) => operation)
}

/** Of what is declared of a kind of system, what does not hold of one: never more than is declared. */
export interface Narrowing {
  readonly undo?: Partial<Capabilities['undo']>
  readonly idempotent?: Partial<Capabilities['idempotent']>
  readonly conditionalWrite?: Partial<Capabilities['conditionalWrite']>
}

/** What one system says of itself when it is asked: what it is, what it can, and until when it lets the gateway in. */
export interface Survey {
  /** Its product and version, such as `PostgreSQL 15.14`; null where it does not say. */
  readonly system: string | null
  /** What was found, for people. */
  readonly facts: readonly Phrase[]
  readonly narrows: Narrowing
  /** When what the gateway logs in with ends (ISO 8601); null where it does not end, or nobody says. */
  readonly secretEndsAt: string | null
}

export interface OpenContext {
  /** The target's name, for messages and logs. */
  readonly target: string
  readonly log: Logger
  /** Where to keep what the target said for a while, shared with other processes; `createLocalCache` where it is absent. */
  readonly cache?: TargetCache
  /** Aborted when the job's deadline passes or the worker stops. */
  readonly signal?: AbortSignal
}

export interface AttributeSchema {
  readonly name: string
  readonly type: 'string' | 'number' | 'boolean' | 'date' | 'binary' | 'reference'
  readonly multivalued: boolean
  readonly required: boolean
  readonly readOnly: boolean
  readonly writeOnly: boolean
  readonly unique: boolean
  readonly maxLength: number | null
  readonly allowedValues: readonly string[] | null
}

export interface AccountSchema {
  readonly attributes: readonly AttributeSchema[]
  /** Accounts take attributes that are not listed, too. */
  readonly isOpen?: boolean
}

/** The steps of a connection test, in the order in which they are tried; the first failure ends the test. */
export const connectionChecks = ['name', 'tcp', 'tls', 'login', 'rights', 'schema'] as const
export type ConnectionCheck = (typeof connectionChecks)[number]
export interface ConnectionReport {
  readonly ok: boolean
  readonly checks: readonly {
    readonly check: ConnectionCheck
    readonly ok: boolean
    readonly message: string
    readonly hint?: string
    /** Of a failure: the code of our error, which people are told in their language; `internal` for what is not ours. */
    readonly code?: ErrorCode
    readonly vendorCode?: string
    /** What was found, in both languages; of a failure, what can be done about it. */
    readonly phrase?: Phrase
    /** How long it took. */
    readonly milliseconds?: number
  }[]
}

/** A new account, complete. */
export interface Draft {
  readonly attributes: Attributes
  readonly memberships: readonly string[]
  readonly enabled: boolean
  readonly secrets: Readonly<Record<string, string>>
}

/**
 * How a kind of system writes and compares names and values. Without it, two values are the same when their texts are. With it,
 * a membership in `CN=Staff, OU=Groups` that the directory lists as `cn=Staff,ou=groups` is seen as already there, and is
 * therefore never taken away again by a compensation. Every method is pure and idempotent.
 */
export interface Spelling {
  /** The attribute's name as `find` spells it. */
  attribute(name: string): string
  /** The value as `find` would return it once written. */
  value(attribute: string, value: Scalar): Scalar
  /** Two values with the same key are one value to the target (`Paris` and `PARIS` in a directory). */
  key(attribute: string, value: Scalar): string
  /** The group's name as `find` would list it. */
  group(group: string): string
  /** Two groups with the same key are one group to the target. */
  groupKey(group: string): string
}

/**
 * The protocol half of a connector: one per job, disposed afterwards (its connection goes back to the pool or is destroyed).
 * Every method throws GatewayError with a connector code and `sent`; vendor errors are mapped in the connector's `errors.ts`.
 *
 * A writing method that needs several calls puts back what it did when a later call is refused: any error but `unknown_outcome`
 * means that nothing was changed. Adding a value that is there, or removing one that is not, is no error.
 */
export interface Driver extends AsyncDisposable {
  /** How this system writes names and values; exact comparison when it is absent. */
  readonly spelling?: Spelling
  /**
   * The system takes calls and shows nothing: `find` answers for an account of ours what the ledger knows, and null otherwise. What was sent then
   * counts as done, what was lost is for people to settle, and nothing is undone.
   */
  readonly blind?: true
  /**
   * Finds an account, disabled and trashed ones included, with its complete image. Throws `ambiguous` on two hits, and `config` for
   * a key that has neither a native id nor correlating attributes. What the server maintains by itself (time stamps, counters,
   * the state that `enabled` stands for) stays out of `attributes`: it is nobody's change, and would look like a drift.
   */
  find(key: AccountKey): Promise<Account | null>
  /** Throws `exists` when something already holds the account's place or a unique value. Memberships included. */
  create(draft: Draft): Promise<{ readonly nativeId: string; readonly label: string }>
  /** Applies exactly these writes to `current`; throws `stale` when the target is able to notice that it is no longer so. */
  modify(current: Account, writes: Writes, secrets: Readonly<Record<string, string>>): Promise<void>
  /** Deletes the account for good; memberships go with it. Throws `not_found` when it is not there, `stale` when it is no longer as in `current`. */
  remove(current: Account): Promise<void>
  /**
   * Brings a removed account back as like as the system allows (password hash, memberships, native id where possible). Safe twice:
   * when an account like it stands there already (`accountDifferences` is empty), that one is returned. Throws `exists` when another has its place.
   */
  restore(account: Account): Promise<{ readonly nativeId: string; readonly label: string }>
  /** Proves, without changing anything, that a secret is the one in force; null where the system cannot tell. */
  holdsSecret(current: Account, attribute: string, secret: string): Promise<boolean | null>
  /**
   * Puts old secrets back as `Account.secrets` held them (hashes, not clear text); conditional on `current.version` where possible.
   * Absent where the system cannot: a compensation then sets one that nobody knows (`resetSecret`) and says so.
   */
  restoreSecrets?(current: Account, secrets: Readonly<Record<string, string>>): Promise<void>
  /**
   * Sets a secret that nobody is told in the place of one that must not stay in force, and has the person choose another at the next login.
   * Absent where the system knows no such mark: the secret is then set by `modify`, like any other. Throws as `modify` does.
   */
  resetSecret?(current: Account, attribute: string, secret: string): Promise<void>
  testConnection(): Promise<ConnectionReport>
  discoverSchema(): Promise<AccountSchema>
  /** Asks the system what it is and what of the declared capabilities holds; changes nothing. Absent where it has nothing to tell. */
  survey?(): Promise<Survey>
  /**
   * All accounts in pages, for reconciliation. `after` is the native id of the last account of a page that was worked through: a system that lists in the
   * order of its ids goes on behind it, any other begins anew.
   */
  list(pageSize: number, after?: string | null): AsyncIterable<readonly Account[]>
}

export interface Connector<Schema extends v.GenericSchema = v.GenericSchema> {
  readonly id: string
  readonly title: Text
  /** All that it says to people, beside what all connectors do. */
  readonly phrases?: Phrases
  /** Validation, and the form in the dashboard. Fields that hold secrets carry `v.metadata({ secret: true })`. */
  readonly config: Schema
  readonly capabilities: Capabilities
  /** Where they depend on a target's settings, which may be unchecked, their secrets sealed. Never throws. */
  readonly capabilitiesOf?: (config: unknown) => Capabilities
  /** Opens the target (pool, schema caches); closed when the worker stops or the configuration changes. Nothing is contacted yet. */
  connect(config: v.InferOutput<Schema>, context: OpenContext): Connection
}

/** One configured target of a connector, as a worker holds it. */
export interface Connection extends AsyncDisposable {
  /** A driver for one job. Throws `transient`, `auth` or `config`. */
  open(context: { readonly signal: AbortSignal }): Promise<Driver>
  /**
   * Milliseconds for which the system may go on with a call after we lost sight of it: before that, "not applied" is no answer.
   * `capabilities.deadlineMs` where it is absent.
   */
  readonly settlesWithinMs?: number
  /**
   * Tests the target from its name to its schema, where `open` would fail before a driver could say why. Never throws for what a
   * check can say. Call it through `testConnection` in `probe.ts`, which also serves connectors without it.
   */
  test?(context: { readonly signal: AbortSignal }): Promise<ConnectionReport>
}

/** Identity function that lets TypeScript infer a connector's configuration. */
export function defineConnector<const Schema extends v.GenericSchema>(connector: Connector<Schema>): Connector<Schema> {
  return connector
}
