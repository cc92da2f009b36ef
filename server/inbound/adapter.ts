/**
 * The seam between what IAMs send and what the gateway does. An adapter turns one payload into changes in the gateway's own
 * words; what lies behind it (routes, rules, ledger) never sees an IAM's format.
 */
import type { RequestKind } from '#core/plan.ts'
import type { Attributes, Scalar, Values } from '#core/values.ts'

/** One attribute's change. `replace` with no values clears the attribute. */
export interface AttributeDelta {
  readonly name: string
  readonly op: 'replace' | 'add' | 'remove'
  readonly values: Values
}

/** What an IAM's payload means for one identity. Plain data: it can be stored, compared and shown. */
export interface IncomingChange {
  /** `create` means "this identity shall be as stated": for an identity already known it is an update. */
  readonly kind: RequestKind
  /** What the payload is about, in lower case and without namespace: `user`, `service`, `shadow`, `role` … */
  readonly objectType: string
  /** The IAM's own id of the identity: an oid where there is one, else its name or primary identifier. */
  readonly externalId: string
  /** How people call the identity, when the payload says so. */
  readonly displayName: string | null
  /**
   * whole: the payload states the complete identity, so an attribute that it does not name has no value any more.
   * partial: only the named attributes change.
   */
  readonly mode: 'whole' | 'partial'
  /** In the order of the payload; several deltas may speak of the same attribute. */
  readonly attributes: readonly AttributeDelta[]
  /** Names (and everything below `name.`) that a whole payload declares as incomplete: they keep the values that are known. */
  readonly keep: readonly string[]
  /** Clear text by secret name, such as `password`. To be sealed at once; never logged, never put among attributes. */
  readonly secrets: Readonly<Record<string, string>>
  /** Paths in the payload that were understood and deliberately left out (bookkeeping, protected strings). Never values. */
  readonly ignored: readonly string[]
  /** The gateway's own deletions at the end of a grace; no adapter sets it. */
  readonly ending?: Ending
}

/** What a deletion at the end of a grace concerns. */
export interface Ending {
  /** The one account that is deleted. */
  readonly target: string
  /** The source deleted the identity: when its last account is gone, nothing is kept of it. */
  readonly forget: boolean
}

/** What the route and the source's settings tell an adapter. */
export interface ReadContext {
  /** The identity that the call itself names (query, path or header), for payloads that do not carry one. */
  readonly externalId?: string | undefined
  /** Attributes that identify an object which has no id of its own, the first that has a value wins; replaces the adapter's list. */
  readonly identifiers?: readonly string[] | undefined
  /** Object types that the source may send; replaces the adapter's list. Other types are refused, never made into accounts. */
  readonly objectTypes?: readonly string[] | undefined
}

export interface InboundAdapter {
  readonly id: string
  readonly title: { readonly en: string; readonly fr: string }
  /** Media types of which the adapter understands the parsed content. */
  readonly mediaTypes: readonly string[]
  /**
   * Reads a payload that a syntax (JSON today) has already made into plain data. The empty list means that nothing is asked.
   * Throws GatewayError `not_understood` with `at` (a JSON pointer into the payload) and a hint.
   */
  read(payload: unknown, context: ReadContext): readonly IncomingChange[]
}

/**
 * The identity's attributes after a change. Adding a value that is there and removing one that is not succeed; values are
 * compared as `sameValues` does, so `1` and `"1"` are one value. Attributes without values are left out of the result.
 */
export function applyDeltas(previous: Attributes, change: Pick<IncomingChange, 'mode' | 'attributes' | 'keep'>): Attributes {
  const kept =
    change.mode === 'partial' ? Object.keys(previous) : Object.keys(previous).filter((name) => isKept(name, change.keep))
  const next = new Map<string, Values>(kept.map((name) => [name, previous[name] ?? []]))
  for (const { name, op, values } of change.attributes) next.set(name, applyOne(next.get(name) ?? [], op, values))
  return Object.fromEntries([...next].filter(([, values]) => values.length > 0))
}

function isKept(name: string, keep: readonly string[]): boolean {
  return keep.some((kept) => name === kept || name.startsWith(`${kept}.`))
}

function applyOne(before: Values, op: AttributeDelta['op'], values: Values): Values {
  if (op === 'replace') return distinct(values)
  if (op === 'add') return distinct([...before, ...values])
  const gone = new Set(values.map(String))
  return before.filter((value) => !gone.has(String(value)))
}

/** The same values, each once, in the order of their first appearance. */
export function distinct(values: Values): Values {
  const first = new Map<string, Scalar>()
  for (const value of values) if (!first.has(String(value))) first.set(String(value), value)
  return [...first.values()]
}
