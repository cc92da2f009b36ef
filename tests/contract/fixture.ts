/**
 * What a connector brings to the contract suite: a real target, a way to look at it and to change it behind the gateway's back,
 * and names of things in it. A new connector writes one fixture and inherits every test.
 */
import type { Account } from '#core/account.ts'
import type { Attributes, Values } from '#core/values.ts'
import type { ConnectionCheck, Connector, Lack } from '#connectors/kit/connector.ts'
import type { FaultProxy, IsRequest } from '#tests/harness/fault-proxy.ts'
import type { WaitForm } from '#tests/harness/throttle.ts'

/** A person for tests. */
export interface Sample {
  /** Everything the account is created with; every attribute a real user of this system would fill. */
  readonly attributes: Attributes
  /** What finds exactly this account. */
  readonly correlate: Attributes
}

/** Facts about the target that decide which tests there are; known before anything is started. */
export interface Traits {
  /** The attribute that names an account and is unique (`uid`, `login`): renaming changes it. */
  readonly login: string
  /** A single-valued text that may be empty; `sample` fills it. */
  readonly text: string
  /** Another text that may be empty; `sample` leaves it empty. */
  readonly empty: string
  /** An attribute with several values, where the system has one; `sample` leaves it empty. */
  readonly multivalued: string | null
  /** The attribute that a secret fills. */
  readonly secret: string | null
  /** Whether the system can have a person choose another password at the next login; if not, a sentence says why. Where old ones come back it does not matter. */
  readonly mustChange?: true | string
  /** Whether accounts can be disabled, and can be in groups. */
  readonly disable: boolean
  readonly groups: boolean
  /** Whether a new login renames the account; true by default. */
  readonly renames?: boolean
  /** What a deleted account that comes back cannot have again; the undo must say so. Nothing by default. */
  readonly lostByDeletion?: readonly string[]
  /** Whether the driver itself finds out, after a lost reply, what became of the change; all others leave it to `verify`. */
  readonly settlesItself?: boolean
  /** What the target calls itself when it is asked, where it says so. */
  readonly system?: RegExp
  /** Whether the fixture stands behind a fault proxy. */
  readonly proxied: boolean
  /** Whether the system has enough of its callers now and then (429); if not, a sentence says why. */
  readonly throttles: true | string
  /** Whether it forgets who is logged in; if not, a sentence says why. */
  readonly expires: true | string
  /** How many strangers the fixture can put into a group; it cannot when absent. */
  readonly crowds?: number
  /** Characters that this system cannot hold in a login; tests of awkward names leave such names out. */
  readonly refusedInLogin?: RegExp
}

/** Why what is spoken to over a connection of its own has no such troubles; proven in tests/ldap/logins.test.ts and sql-logins.contract.test.ts. */
export const loggedInByConnection = {
  throttles: 'What it has no room for it refuses as a passing trouble, a connection or a call, and never says how long to wait.',
  expires: 'Who is logged in stays so for as long as the connection lasts, and the next connection logs in anew.',
} as const

export interface Fixture extends AsyncDisposable {
  /** A configuration that works, straight to the target. */
  readonly config: unknown
  /** The same target through the proxy, with deadlines of at most one second; null without a proxy. */
  readonly proxied: {
    readonly config: unknown
    /** Where the settings take no such deadline: the job that meets silence ends after so many milliseconds. */
    readonly jobMs?: number
    readonly proxy: FaultProxy
    /** Tell the request that creates, changes or removes an account (for SQL: the COMMIT after it) from all others. */
    readonly requests: {
      readonly create: IsRequest
      readonly modify: IsRequest
      readonly remove: IsRequest
      /** Where they are none that modifies. */
      readonly disable?: IsRequest
      readonly membership?: IsRequest
    }
  } | null
  /** Configurations that must fail their connection test, with the check that must say so. */
  readonly broken: readonly { readonly title: string; readonly config: unknown; readonly check: ConnectionCheck }[]
  /** The n-th person; `name` goes into the login and the text. Different n never collide. */
  sample(n: number, name?: string): Sample
  /** Two groups that exist, and one that does not. */
  readonly groups: { readonly staff: string; readonly admins: string; readonly missing: string }
  /** Accounts, groups and hashes in a canonical order, without what the server stamps by itself (times, generated ids). */
  dump(): Promise<string>
  /** Whether the account can log in with this password; for systems whose driver cannot tell. */
  logsIn?(account: Account, password: string): Promise<boolean>
  /** What the trait `mustChange` promises: whether the account must choose another password. */
  mustChange?(account: Account): Promise<boolean>
  /** What the traits `throttles` and `expires` promise. */
  readonly troubles?: {
    /** The target behind something that throttles; `config` where that is the system itself. */
    readonly config?: unknown
    /** The next so many calls are answered "too many", with this many seconds to wait, or until when. */
    throttle?(calls: number, seconds: number, form?: WaitForm): void
    /** The credentials that the gateway got by logging in are no longer accepted; logging in again works. */
    expireSessions?(): Promise<void>
  }
  /** What the trait `crowds` promises: so many strangers are members of the group, put there not through the connector. */
  crowd?(group: string, count: number): Promise<void>
  /** A stranger writes the attribute (empty: clears it), not through the connector. */
  drift(account: Account, attribute: string, values: Values): Promise<void>
}

export interface ContractSuiteOptions {
  readonly connector: Connector
  readonly traits: Traits
  /** Opened once for the whole suite; every test uses samples of its own. */
  readonly open: () => Promise<Fixture>
  /** Milliseconds for the whole suite; two minutes by default. */
  readonly timeoutMs?: number
  /** Told apart in the reports when one connector runs the suite several times. */
  readonly title?: string
}

/** What a target with these traits lacks; its connector must say the same. */
export function lacksOf({ renames = true, disable, groups, secret }: Traits): readonly Lack[] {
  const has: Readonly<Record<Lack, boolean>> = { rename: renames, disable, memberships: groups, passwords: secret !== null }
  return (Object.keys(has) as Lack[]).filter((one) => !has[one])
}
