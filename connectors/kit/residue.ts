/**
 * What of a step's effect is still in its target. A compensation that is refused for good leaves people to put right what remains, and they
 * must know exactly what that is. Reads, and never writes.
 */
import type { Account, Difference, Receipt } from '#core/account.ts'
import { accountDifferences, itemsOf, reversed } from './compare.ts'
import type { Driver } from './connector.ts'

/** Every place where the target is not as before the step: `expected` is what stood there, `found` what stands there now. */
export async function residue(driver: Driver, receipt: Receipt): Promise<readonly Difference[]> {
  switch (receipt.disposition) {
    case 'noop':
      return []
    case 'created':
      return ofCreated(await find(driver, receipt.after ?? null))
    case 'deleted':
      return ofDeleted(driver, receipt.before, await find(driver, receipt.before))
    case 'adopted':
    case 'changed':
      return ofChanged(driver, receipt, await find(driver, receipt.before))
  }
}

async function find(driver: Driver, image: Account | null): Promise<Account | null> {
  return image === null ? null : driver.find({ nativeId: image.nativeId, correlate: {} })
}

function ofCreated(current: Account | null): readonly Difference[] {
  return current === null ? [] : [{ item: 'account', expected: [], found: [current.label] }]
}

function ofDeleted(driver: Driver, before: Account | null, current: Account | null): readonly Difference[] {
  if (before === null) return []
  return current === null
    ? [{ item: 'account', expected: [before.label], found: [] }]
    : accountDifferences(before, current, driver.spelling)
}

function ofChanged(driver: Driver, { before, writes }: Receipt, current: Account | null): readonly Difference[] {
  if (before === null) return []
  if (current === null) return [{ item: 'account', expected: [before.label], found: [] }]
  const back = reversed(writes, current, driver.spelling)
  const others = itemsOf(writes, current, driver.spelling).filter(({ standing }) => standing === 'other')
  return [
    ...back.attributes.map(({ attribute, before: found, after: expected }) => ({ item: attribute, expected, found })),
    ...others.map(({ item, found }) => ({ item, expected: before.attributes[item] ?? [], found })),
    ...(back.enabled === null ? [] : [{ item: 'enabled', expected: [back.enabled.after], found: [back.enabled.before] }]),
    ...back.memberships.add.map((group) => ({ item: 'memberships', expected: [group], found: [] })),
    ...back.memberships.remove.map((group) => ({ item: 'memberships', expected: [], found: [group] })),
    ...secretsNotBack(writes.secrets, before, current),
  ]
}

/** Never quoted. Where the old hash cannot be seen nobody knows, so people are told. */
function secretsNotBack(names: readonly string[], before: Account, current: Account): readonly Difference[] {
  return names
    .filter((name) => before.secrets?.[name] === undefined || before.secrets[name] !== current.secrets?.[name])
    .map((item) => ({ item, expected: [], found: [] }))
}
