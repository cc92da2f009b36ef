/**
 * An account as a target holds it, and what a step did to it. These are the shapes that connectors speak, the ledger
 * keeps and the dashboard shows.
 */
import type { Attributes, Scalar, Values } from './values.ts'

/** A complete image of one account. Secrets never stand in `attributes`. */
export interface Account {
  /** Immutable in its target: entryUUID, objectGUID, primary key. Never a DN or a login. */
  readonly nativeId: string
  /** What a person would call the account: a DN, `table/key`, a login. A hint only. */
  readonly label: string
  readonly enabled: boolean
  readonly attributes: Attributes
  readonly memberships: readonly string[]
  /** What a deleted or re-passworded account needs to come back (a password hash). The worker seals it at once. */
  readonly secrets?: Readonly<Record<string, string>>
  /** The target's own mark of this state (entryCSN, xmin, ETag), where it has one: lets a write be refused when the state moved on. */
  readonly version?: string
}

/** How to find an account: by native id when it is known, else by the correlating attributes (all must match). */
export interface AccountKey {
  readonly nativeId: string | null
  readonly correlate: Attributes
}

/** One attribute's change. `merge` writes touch only the values that differ between before and after. */
export interface AttributeWrite {
  readonly attribute: string
  readonly before: Values
  readonly after: Values
  readonly multivalued: 'replace' | 'merge'
}

/** Everything one step writes to an existing account. */
export interface Writes {
  readonly attributes: readonly AttributeWrite[]
  readonly enabled: { readonly before: boolean; readonly after: boolean } | null
  readonly memberships: { readonly add: readonly string[]; readonly remove: readonly string[] }
  /** Names of the attributes whose secret is set; a receipt holds the names only. */
  readonly secrets: readonly string[]
}

/** created: was not there, is ours to delete again; adopted: was there and not known to us; changed: was ours; noop: nothing to do. */
export type Disposition = 'created' | 'adopted' | 'changed' | 'deleted' | 'noop'

/** What a step did. Durable proof, and all that a compensation needs. */
export interface Receipt {
  readonly nativeId: string | null
  readonly label: string | null
  readonly disposition: Disposition
  readonly before: Account | null
  readonly after: Account | null
  readonly writes: Writes
}

/** A place where the target is not as we left it; shown to people who must decide, so it names and does not quote secrets. */
export interface Difference {
  readonly item: string
  readonly expected: readonly Scalar[]
  readonly found: readonly Scalar[]
}
