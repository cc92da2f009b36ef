/**
 * What to write so that an account becomes what a plan asks for. Pure: the same change and the same before-image always give
 * the same intent, which is what makes a lost reply settleable afterwards.
 */
import type { Account, AccountKey, AttributeWrite, Writes } from '#core/account.ts'
import { GatewayError } from '#core/errors.ts'
import type { DesiredAttribute, Operation, StepPlan } from '#core/plan.ts'
import type { Values } from '#core/values.ts'
import type { Draft, Spelling } from './connector.ts'
import { kitPhrases } from './phrases.ts'
import { exactSpelling, groupsMissingFrom, identical, missingFrom, spelled, valuesOf } from './spelling.ts'

/** What a worker asks of a target for one step; secrets in clear, in memory only. */
export interface Change {
  readonly operation: Operation
  /** The native id when the ledger has an account of ours, the correlating attributes otherwise. */
  readonly key: AccountKey
  readonly attributes: StepPlan['attributes']
  readonly memberships: StepPlan['memberships']
  /** Target attribute → clear text. */
  readonly secrets: Readonly<Record<string, string>>
}

export type Intent =
  | { readonly kind: 'create'; readonly draft: Draft }
  | { readonly kind: 'modify'; readonly writes: Writes }
  | { readonly kind: 'delete' }
  | { readonly kind: 'noop' }

export const emptyWrites: Writes = { attributes: [], enabled: null, memberships: { add: [], remove: [] }, secrets: [] }

export function hasWrites(writes: Writes): boolean {
  const { attributes, enabled, memberships, secrets } = writes
  return attributes.length + memberships.add.length + memberships.remove.length + secrets.length > 0 || enabled !== null
}

/**
 * Decides what a change means for the account as it was found (`null`: it was not).
 * Create and update make an account that is missing; disable and delete of a missing account are done already.
 * Throws `invalid` for a value that no system holds (NUL), `not_found` when enable, password or membership concern an account that is missing.
 */
export function intend(change: Change, before: Account | null, spelling: Spelling = exactSpelling): Intent {
  refuseNul(change)
  if (before === null) return intendWithoutAccount(change, spelling)
  if (change.operation === 'delete') return { kind: 'delete' }
  const writes = writesFor(change, before, spelling)
  return hasWrites(writes) ? { kind: 'modify', writes } : { kind: 'noop' }
}

/** NUL ends texts early in much that lies behind a target, so that two different names would become one. */
function refuseNul({ attributes, memberships, secrets, key }: Change): void {
  for (const name in attributes) refuseNulIn(name, attributes[name]?.values)
  for (const name in secrets) refuseNulIn(name, [secrets[name]])
  for (const name in key.correlate) refuseNulIn(name, key.correlate[name])
  refuseNulIn('memberships', memberships.add)
  refuseNulIn('memberships', memberships.remove)
}

function refuseNulIn(name: string, values: readonly unknown[] = []): void {
  for (const value of values)
    if (String(value).includes('\0'))
      throw new GatewayError('invalid', `a value of ${name} holds a NUL character`, {
        sent: 'no',
        hint: kitPhrases.cleanValue,
      })
}

function intendWithoutAccount(change: Change, spelling: Spelling): Intent {
  switch (change.operation) {
    case 'create':
    case 'update':
      return { kind: 'create', draft: draftOf(change, spelling) }
    case 'disable':
    case 'delete':
      return { kind: 'noop' }
    case 'enable':
    case 'password':
    case 'membership':
      throw new GatewayError('not_found', `there is no account to ${verbs[change.operation]} in the target`, {
        sent: 'no',
        hint: kitPhrases.createFirst,
      })
  }
}

const verbs = { enable: 'enable', password: 'set a password on', membership: 'put in groups' } as const

function draftOf(change: Change, spelling: Spelling): Draft {
  const attributes: Record<string, Values> = {}
  for (const [name, desired] of Object.entries(change.attributes)) {
    const attribute = spelling.attribute(name)
    const values = spelled(spelling, attribute, desired.values)
    if (values.length > 0) attributes[attribute] = values
  }
  return {
    attributes,
    memberships: groupsMissingFrom(spelling, change.memberships.add, []),
    enabled: true,
    secrets: change.secrets,
  }
}

function writesFor(change: Change, before: Account, spelling: Spelling): Writes {
  const { add, remove, all = false } = change.memberships
  const held = before.memberships
  const toAdd = groupsMissingFrom(spelling, add, held)
  const leaving = groupsMissingFrom(spelling, all ? held : remove, add)
  const toRemove = groupsMissingFrom(spelling, held, groupsMissingFrom(spelling, held, leaving))
  return {
    attributes: Object.entries(change.attributes).flatMap(([name, desired]) => writeFor(name, desired, before, spelling)),
    enabled: enabledWrite(change.operation, before),
    memberships: { add: toAdd, remove: toRemove },
    secrets: Object.keys(change.secrets),
  }
}

function enabledWrite(operation: Operation, before: Account): Writes['enabled'] {
  const wanted = operation === 'create' || operation === 'enable' ? true : operation === 'disable' ? false : before.enabled
  return wanted === before.enabled ? null : { before: before.enabled, after: wanted }
}

function writeFor(name: string, desired: DesiredAttribute, before: Account, spelling: Spelling): AttributeWrite[] {
  const attribute = spelling.attribute(name)
  const current = valuesOf(spelling, before.attributes, attribute)
  if (desired.strength === 'initial' || (desired.strength === 'weak' && current.length > 0)) return []
  const wanted = spelled(spelling, attribute, desired.values)
  if (desired.multivalued === 'merge') {
    const added = missingFrom(spelling, attribute, wanted, current)
    return added.length === 0 ? [] : [{ attribute, before: current, after: [...current, ...added], multivalued: 'merge' }]
  }
  return identical(spelling, attribute, current, wanted)
    ? []
    : [{ attribute, before: current, after: wanted, multivalued: 'replace' }]
}

/** What the creation of an account wrote, in the words of a receipt. */
export function writesOfDraft(change: Change, draft: Draft, spelling: Spelling = exactSpelling): Writes {
  const merged = new Set(
    Object.entries(change.attributes)
      .filter(([, desired]) => desired.multivalued === 'merge')
      .map(([name]) => spelling.attribute(name)),
  )
  return {
    attributes: Object.entries(draft.attributes).map(([attribute, after]) => ({
      attribute,
      before: [],
      after,
      multivalued: merged.has(attribute) ? 'merge' : 'replace',
    })),
    enabled: { before: false, after: draft.enabled },
    memberships: { add: draft.memberships, remove: [] },
    secrets: Object.keys(draft.secrets),
  }
}
