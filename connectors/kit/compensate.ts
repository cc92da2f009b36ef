/**
 * Putting back what a step did, and nothing else. A compensation looks before it touches: where things are as before it does
 * nothing, where they are as we left them it puts them back, and where somebody else was it stops and says exactly what it
 * found. So it can run twice, and after a lost reply of itself.
 */
import type { Account, Difference, Receipt, Writes } from '#core/account.ts'
import { GatewayError, isGatewayError } from '#core/errors.ts'
import { accountDifferences, itemsOf, reversed, unseen } from './compare.ts'
import type { Driver } from './connector.ts'
import { hasWrites } from './converge.ts'
import { oldSecret, resetSecret, type Resets, type SecretBack } from './old-secret.ts'
import { kitPhrases } from './phrases.ts'
import { exactSpelling, groupsMissingFrom } from './spelling.ts'

/**
 * What a receipt cannot hold in clear. `before` and `after` are the images' secrets (hashes), opened by a worker that sealed them
 * apart; by default those in the images. `set` are the secrets that the step wrote, in clear text: where the hash that the step
 * left was not kept, they show whether it is still ours.
 */
export interface OldSecrets {
  readonly before?: Readonly<Record<string, string>>
  readonly after?: Readonly<Record<string, string>>
  readonly set?: Readonly<Record<string, string>>
}

/**
 * undone: as before, except `remains` and `reset`. kept: nothing of ours was there to put back. `remains` names what the system cannot put back.
 * `reset` names secrets whose old hash nobody could read: one that nobody knows is in force, and people must be told. `nativeId` and `label` are
 * those of the account now: a restored account may have a new id.
 */
export type Undoing =
  | {
      readonly outcome: 'undone' | 'kept'
      readonly remains: readonly string[]
      readonly reset: readonly string[]
      readonly nativeId: string | null
      readonly label: string | null
    }
  | { readonly outcome: 'stuck'; readonly differences: readonly Difference[] }

/** Rounds of looking and writing before giving up on an account that others keep changing. */
const maxRounds = 8

/**
 * Puts back what the receipt says. Safe to run again at any time.
 *
 * created → the account is removed, unless its image differs from the one we left: an attribute, the enabled state, a
 *   password hash, or a group that somebody else put it in. Groups of ours that somebody took away do not matter.
 * adopted, changed → our attributes, membership values, enabled state and secrets, each only where it still is as we wrote it. A secret of ours
 *   that cannot be exchanged for the old one is exchanged for one that nobody knows, also where the system shows nothing by which to tell.
 * deleted → the account is restored from its before-image; stuck when something else has its place.
 *
 * Throws the driver's errors; `transient` when the account changes all the time. After `unknown_outcome`, simply run it again.
 */
export async function compensate(
  driver: Driver,
  receipt: Receipt,
  secrets: OldSecrets = {},
  resets: Resets = {},
): Promise<Undoing> {
  if (driver.blind === true && receipt.disposition !== 'noop') return { outcome: 'stuck', differences: [unseen] }
  const complete = withSecrets(receipt, secrets)
  switch (receipt.disposition) {
    case 'noop':
      return untouched(receipt)
    case 'created':
      return inRounds(() => removeCreated(driver, complete))
    case 'adopted':
    case 'changed':
      return hasWrites(receipt.writes) ? inRounds(putBack(driver, complete, secrets.set ?? {}, resets)) : untouched(receipt)
    case 'deleted':
      return inRounds(() => bringBack(driver, complete))
  }
}

function untouched({ nativeId, label }: Receipt): Undoing {
  return { outcome: 'kept', remains: [], reset: [], nativeId, label }
}

function withSecrets(receipt: Receipt, { before, after }: OldSecrets): Receipt {
  return {
    ...receipt,
    before: receipt.before === null || before === undefined ? receipt.before : { ...receipt.before, secrets: before },
    after: receipt.after === null || after === undefined ? receipt.after : { ...receipt.after, secrets: after },
  }
}

/** A round answers null when it wrote something, or met a state that moved on, and the account must be looked at again. */
async function inRounds(round: () => Promise<Undoing | null>): Promise<Undoing> {
  for (let count = 0; count < maxRounds; count++) {
    const result = await unlessStale(round)
    if (result !== null) return result
  }
  throw new GatewayError('transient', 'the account changes faster than it can be put back', {
    sent: 'yes',
    hint: kitPhrases.compensateAgain,
  })
}

async function unlessStale(round: () => Promise<Undoing | null>): Promise<Undoing | null> {
  try {
    return await round()
  } catch (error) {
    if (isGatewayError(error) && (error.code === 'stale' || error.code === 'not_found')) return null
    throw error
  }
}

function required<Image>(image: Image | null, what: string): Image {
  if (image === null) throw new GatewayError('internal', `a receipt that is to be compensated lacks its ${what}`, { sent: 'no' })
  return image
}

async function removeCreated(driver: Driver, receipt: Receipt): Promise<Undoing | null> {
  const after = required(receipt.after, 'after-image')
  const current = await driver.find({ nativeId: after.nativeId, correlate: {} })
  if (current === null) return { outcome: 'undone', remains: [], reset: [], nativeId: null, label: null }
  const differences = accountDifferences(withoutLostGroups(driver, after, current), current, driver.spelling)
  if (differences.length > 0) return { outcome: 'stuck', differences }
  await driver.remove(current)
  return null
}

function withoutLostGroups(driver: Driver, after: Account, current: Account): Account {
  const spelling = driver.spelling ?? exactSpelling
  const lost = groupsMissingFrom(spelling, after.memberships, current.memberships)
  return { ...after, memberships: groupsMissingFrom(spelling, after.memberships, lost) }
}

function putBack(
  driver: Driver,
  receipt: Receipt,
  set: Readonly<Record<string, string>>,
  resets: Resets,
): () => Promise<Undoing | null> {
  const before = required(receipt.before, 'before-image')
  // What we put back may move the mark by which a secret was known for ours.
  const ours = new Set<string>()
  return async () => {
    const current = await driver.find({ nativeId: before.nativeId, correlate: {} })
    if (current === null) return { outcome: 'stuck', differences: [{ item: 'account', expected: [before.label], found: [] }] }

    const secrets = await secretsBack(driver, receipt, current, { set, resets, ours })
    const drifted = itemsOf(receipt.writes, current, driver.spelling).filter(({ standing }) => standing === 'other')
    const differences = [
      ...drifted.map(({ item, expected, found }) => ({ item, expected, found })),
      ...secrets.filter(({ standing }) => standing === 'other').map(({ name }) => ({ item: name, expected: [], found: [] })),
    ]
    if (differences.length > 0) return { outcome: 'stuck', differences }

    const writes = reversed(receipt.writes, current, driver.spelling)
    if (hasWrites(writes)) return writeBack(driver, current, writes)
    return secretsLast(driver, current, secrets, resets)
  }
}

interface Known {
  readonly set: Readonly<Record<string, string>>
  readonly resets: Resets
  readonly ours: Set<string>
}

type SecretFound = SecretBack & { readonly isReset: boolean }

/** An earlier run that began to set a secret nobody knows is the likeliest reason for one that is neither the old one nor ours: either way ours is gone. */
async function secretsBack(driver: Driver, receipt: Receipt, current: Account, known: Known): Promise<readonly SecretFound[]> {
  const { set, resets, ours } = known
  const begun = resets.begun === true
  const found: SecretFound[] = []
  for (const name of receipt.writes.secrets) {
    const secret = await oldSecret(driver, receipt, current, { name, text: set[name], begun })
    if (secret.standing === 'after') ours.add(name)
    const isOther = secret.standing === 'other'
    const isMarkMoved = isOther && ours.has(name) && driver.restoreSecrets === undefined
    const isReset = isOther && begun && !isMarkMoved
    found.push({ ...secret, standing: isMarkMoved || isReset ? 'after' : secret.standing, isReset })
  }
  return found
}

/** Last, when all else is as before: an old secret where its hash is known, and one that nobody knows in the place of any other of ours. */
async function secretsLast(
  driver: Driver,
  current: Account,
  secrets: readonly SecretFound[],
  { begin }: Resets,
): Promise<Undoing | null> {
  const left = secrets.filter(({ standing, isReset }) => standing !== 'before' && !isReset)
  const back = left.flatMap(({ name, old }) => (old === null ? [] : [[name, old] as const]))
  if (back.length > 0 && driver.restoreSecrets !== undefined) {
    await driver.restoreSecrets(current, Object.fromEntries(back))
    return null
  }
  if (left.length > 0) await begin?.()
  for (const { name } of left) await resetSecret(driver, current, name)
  const reset = secrets.filter(({ standing }) => standing !== 'before').map(({ name }) => name)
  return { outcome: 'undone', remains: [], reset, nativeId: current.nativeId, label: current.label }
}

/** A group that somebody deleted meanwhile cannot be joined again, however often one tries. */
async function writeBack(driver: Driver, current: Account, writes: Writes): Promise<Undoing | null> {
  try {
    await driver.modify(current, writes, {})
    return null
  } catch (error) {
    const { add } = writes.memberships
    if (!isGatewayError(error) || error.code !== 'not_found' || add.length === 0) throw error
    const account = await driver.find({ nativeId: current.nativeId, correlate: {} })
    return account === null ? null : { outcome: 'stuck', differences: [{ item: 'memberships', expected: add, found: [] }] }
  }
}

/** The driver tells an account that an earlier run of this compensation brought back from one that took its place. */
async function bringBack(driver: Driver, receipt: Receipt): Promise<Undoing | null> {
  const before = required(receipt.before, 'before-image')
  try {
    const { nativeId } = await driver.restore(before)
    const found = await driver.find({ nativeId, correlate: {} })
    if (found === null) return null
    const remains = [...new Set(accountDifferences(before, found, driver.spelling).map(({ item }) => item))]
    return { outcome: 'undone', remains, reset: [], nativeId: found.nativeId, label: found.label }
  } catch (error) {
    if (!isGatewayError(error) || error.code !== 'exists') throw error
    return { outcome: 'stuck', differences: await inItsPlace(driver, before) }
  }
}

async function inItsPlace(driver: Driver, before: Account): Promise<readonly Difference[]> {
  const same = await driver.find({ nativeId: before.nativeId, correlate: {} })
  const differences = same === null ? [] : accountDifferences(before, same, driver.spelling)
  return differences.length > 0 ? differences : [{ item: 'account', expected: [before.label], found: ['another account'] }]
}
