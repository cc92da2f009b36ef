/**
 * Where an account stands between the state before a step and the state the step wanted. Verifying and compensating are both
 * answers to this question, so it is asked in one place. Pure.
 */
import type { Account, AttributeWrite, Difference, Writes } from '#core/account.ts'
import type { Values } from '#core/values.ts'
import type { Spelling } from './connector.ts'
import { emptyWrites } from './converge.ts'
import { exactSpelling, groupsMissingFrom, identical, missingFrom, valuesOf } from './spelling.ts'

/** `other`: neither as before nor as we wrote it, so somebody else was here. `unclear`: the target does not let us see. */
export type Standing = 'before' | 'after' | 'other' | 'unclear'

/** One thing a step wrote: an attribute, one value of a merged attribute, one membership, the enabled state, a secret. */
export interface Item extends Difference {
  readonly standing: Standing
}

/** Of a system that shows nothing: nobody can look, people find out. */
export const unseen: Difference = { item: 'account', expected: [], found: [] }

/** Where each thing that `writes` names stands in `current`; secrets are not looked at. */
export function itemsOf(writes: Writes, current: Account, spelling: Spelling = exactSpelling): readonly Item[] {
  const { add, remove } = writes.memberships
  return [
    ...writes.attributes.flatMap((write) => attributeItems(write, current, spelling)),
    ...(writes.enabled === null ? [] : [enabledItem(writes.enabled, current)]),
    ...add.map((group) => membershipItem(group, true, current, spelling)),
    ...remove.map((group) => membershipItem(group, false, current, spelling)),
  ]
}

function attributeItems(write: AttributeWrite, current: Account, spelling: Spelling): readonly Item[] {
  const { attribute, before, after } = write
  const found = valuesOf(spelling, current.attributes, attribute)
  if (write.multivalued === 'replace') {
    const isAfter = identical(spelling, attribute, found, after)
    const standing = isAfter ? 'after' : identical(spelling, attribute, found, before) ? 'before' : 'other'
    return [{ item: attribute, standing, expected: after, found }]
  }
  const holds = (values: Values) => missingFrom(spelling, attribute, values, found).length === 0
  const added = missingFrom(spelling, attribute, after, before)
  const removed = missingFrom(spelling, attribute, before, after)
  return [
    ...added.map((value): Item => ({ item: attribute, standing: holds([value]) ? 'after' : 'before', expected: [value], found })),
    ...removed.map((value): Item => ({ item: attribute, standing: holds([value]) ? 'before' : 'after', expected: [], found })),
  ]
}

function enabledItem(enabled: NonNullable<Writes['enabled']>, current: Account): Item {
  const standing = current.enabled === enabled.after ? 'after' : 'before'
  return { item: 'enabled', standing, expected: [enabled.after], found: [current.enabled] }
}

function membershipItem(group: string, wanted: boolean, current: Account, spelling: Spelling): Item {
  const member = groupsMissingFrom(spelling, [group], current.memberships).length === 0
  return {
    item: 'memberships',
    standing: member === wanted ? 'after' : 'before',
    expected: wanted ? [group] : [],
    found: member ? [group] : [],
  }
}

/**
 * The writes that put back what of `writes` is still in force in `current`: only our attributes and our membership values, and
 * only those that nobody changed since. Secrets are not among them.
 */
export function reversed(writes: Writes, current: Account, spelling: Spelling = exactSpelling): Writes {
  const { add, remove } = writes.memberships
  const held = (groups: readonly string[]) =>
    groupsMissingFrom(spelling, groups, groupsMissingFrom(spelling, groups, current.memberships))
  return {
    ...emptyWrites,
    attributes: writes.attributes.flatMap((write) => reversedAttribute(write, current, spelling)),
    enabled:
      writes.enabled !== null && current.enabled === writes.enabled.after && writes.enabled.before !== writes.enabled.after
        ? { before: writes.enabled.after, after: writes.enabled.before }
        : null,
    memberships: { add: groupsMissingFrom(spelling, remove, current.memberships), remove: held(add) },
  }
}

function reversedAttribute(write: AttributeWrite, current: Account, spelling: Spelling): AttributeWrite[] {
  const { attribute, multivalued } = write
  const found = valuesOf(spelling, current.attributes, attribute)
  if (multivalued === 'replace') {
    const ours = identical(spelling, attribute, found, write.after)
    return ours && !identical(spelling, attribute, found, write.before)
      ? [{ attribute, before: found, after: write.before, multivalued }]
      : []
  }
  const added = missingFrom(spelling, attribute, write.after, write.before)
  const removed = missingFrom(spelling, attribute, write.before, write.after)
  const kept = missingFrom(spelling, attribute, found, added)
  const back = missingFrom(spelling, attribute, removed, found)
  const after = [...kept, ...back]
  return identical(spelling, attribute, found, after) ? [] : [{ attribute, before: found, after, multivalued }]
}

/** Everything in which two images of an account differ, hashes of secrets included but never quoted; the native id does not count. */
export function accountDifferences(expected: Account, found: Account, spelling: Spelling = exactSpelling): readonly Difference[] {
  const names = new Set([...Object.keys(expected.attributes), ...Object.keys(found.attributes)])
  const attributes = [...names].flatMap((item) => {
    const left = expected.attributes[item] ?? []
    const right = found.attributes[item] ?? []
    return identical(spelling, item, left, right) ? [] : [{ item, expected: left, found: right }]
  })
  const lost = groupsMissingFrom(spelling, expected.memberships, found.memberships)
  const gained = groupsMissingFrom(spelling, found.memberships, expected.memberships)
  return [
    ...attributes,
    ...(expected.enabled === found.enabled ? [] : [{ item: 'enabled', expected: [expected.enabled], found: [found.enabled] }]),
    ...lost.map((group) => ({ item: 'memberships', expected: [group], found: [] })),
    ...gained.map((group) => ({ item: 'memberships', expected: [], found: [group] })),
    ...secretDifferences(expected, found),
  ]
}

/** Only secrets that both images show can be compared. */
function secretDifferences(expected: Account, found: Account): Difference[] {
  if (expected.secrets === undefined || found.secrets === undefined) return []
  const names = new Set([...Object.keys(expected.secrets), ...Object.keys(found.secrets)])
  return [...names]
    .filter((name) => expected.secrets?.[name] !== found.secrets?.[name])
    .map((item) => ({ item, expected: [], found: [] }))
}
