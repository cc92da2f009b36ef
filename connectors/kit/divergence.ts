/**
 * Whether an account is still as the gateway left it. Only what the rules always write is compared, with what the target showed when it was written:
 * how a system rewrites a value is no divergence, and what others may change is none either. Pure.
 */
import type { Account, Difference } from '#core/account.ts'
import type { AppliedChange } from '#core/reconciliations/ledger-side.ts'
import type { Spelling } from './connector.ts'
import { exactSpelling, groupsMissingFrom, identical, missingFrom, valuesOf } from './spelling.ts'

/** @param applied what was applied to the account, the newest first; nothing to compare with when it is empty */
export function divergences(
  applied: readonly AppliedChange[],
  found: Account,
  spelling: Spelling = exactSpelling,
): readonly Difference[] {
  const [newest] = applied
  if (newest === undefined) return []
  const enabled =
    newest.after.enabled === found.enabled ? [] : [{ item: 'enabled', expected: [newest.after.enabled], found: [found.enabled] }]
  return [...attributeDivergences(applied, found, spelling), ...enabled, ...membershipDivergences(applied, found, spelling)]
}

function attributeDivergences(applied: readonly AppliedChange[], found: Account, spelling: Spelling): Difference[] {
  const judged = new Set<string>()
  return applied.flatMap(({ attributes, secrets, after }) => {
    // Secrets are nobody's to see, whatever a target shows of them.
    for (const name of Object.keys(secrets)) judged.add(spelling.attribute(name))
    return Object.entries(attributes).flatMap(([name, { values, strength, multivalued }]): Difference[] => {
      const item = spelling.attribute(name)
      if (judged.has(item)) return []
      judged.add(item)
      if (strength !== 'strong') return []
      const [left, now] = [valuesOf(spelling, after.attributes, name), valuesOf(spelling, found.attributes, name)]
      if (multivalued === 'replace') return identical(spelling, item, left, now) ? [] : [{ item, expected: left, found: now }]
      // Of a merged attribute only our values are ours to miss.
      const ours = missingFrom(spelling, item, left, missingFrom(spelling, item, left, values))
      const lost = missingFrom(spelling, item, ours, now)
      return lost.length === 0 ? [] : [{ item, expected: ours, found: now }]
    })
  })
}

function membershipDivergences(applied: readonly AppliedChange[], found: Account, spelling: Spelling): Difference[] {
  const wanted = new Map<string, { readonly group: string; readonly isIn: boolean }>()
  for (const { memberships, after } of applied) {
    const keep = (group: string, isIn: boolean) => {
      const key = spelling.groupKey(group)
      // What the target did not show at once is nothing that it lost later.
      const wasSo = (groupsMissingFrom(spelling, [group], after.memberships).length === 0) === isIn
      if (!wanted.has(key) && wasSo) wanted.set(key, { group: spelling.group(group), isIn })
    }
    for (const group of memberships.add) keep(group, true)
    for (const group of memberships.remove) keep(group, false)
  }
  return [...wanted.values()].flatMap(({ group, isIn }): Difference[] => {
    const isThere = groupsMissingFrom(spelling, [group], found.memberships).length === 0
    if (isThere === isIn) return []
    return [{ item: 'memberships', expected: isIn ? [group] : [], found: isThere ? [group] : [] }]
  })
}
