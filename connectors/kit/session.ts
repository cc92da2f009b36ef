/**
 * Carrying out one step on one target, and settling it after a lost reply: the same for every system, on top of a driver. The worker's order is
 * `driver.find(change.key)` = before-image → before-image and intent persisted → `perform` → receipt persisted; after a lost
 * reply or a crash, `verify` with the persisted before-image. Putting a step back stands in `compensate.ts`.
 */
import type { Account, Difference, Disposition, Receipt, Writes } from '#core/account.ts'
import { GatewayError, isGatewayError } from '#core/errors.ts'
import { accountDifferences, itemsOf, unseen, type Item, type Standing } from './compare.ts'
import type { Draft, Driver, Spelling } from './connector.ts'
import { emptyWrites, hasWrites, intend, writesOfDraft, type Change, type Intent } from './converge.ts'
import { kitPhrases } from './phrases.ts'
import { exactSpelling } from './spelling.ts'

export { emptyWrites, hasWrites, intend, type Change, type Intent } from './converge.ts'
export { compensate, type OldSecrets, type Undoing } from './compensate.ts'
export type { Resets } from './old-secret.ts'

/**
 * Makes the account what the change asks for, and reads it back. `before` is what `driver.find(change.key)` returned.
 * Besides the driver's errors it throws
 * - `stale`, `exists`: nothing was written; take a new before-image and start over, or end the step;
 * - `unknown_outcome`: something may have been written; settle with `verify`. A target that accepted the change and does not
 *   show it ends here too.
 */
export async function perform(driver: Driver, change: Change, before: Account | null): Promise<Receipt> {
  const spelling = driver.spelling ?? exactSpelling
  const intent = intend(change, before, spelling)
  switch (intent.kind) {
    case 'noop':
      return untouched(change, before)
    case 'create':
      return performCreate(driver, change, intent.draft)
    case 'modify':
      return performModify(driver, change, existing(before), intent.writes)
    case 'delete':
      return performDelete(driver, existing(before))
  }
}

function existing(before: Account | null): Account {
  if (before === null) throw new GatewayError('internal', 'a change of an account needs its before-image', { sent: 'no' })
  return before
}

function untouched(change: Change, before: Account | null): Receipt {
  const adopted = before !== null && change.key.nativeId === null
  return receiptOf(adopted ? 'adopted' : 'noop', before, before, emptyWrites)
}

function receiptOf(disposition: Disposition, before: Account | null, after: Account | null, writes: Writes): Receipt {
  const account = after ?? before
  return { nativeId: account?.nativeId ?? null, label: account?.label ?? null, disposition, before, after, writes }
}

async function performCreate(driver: Driver, change: Change, draft: Draft): Promise<Receipt> {
  const spelling = driver.spelling ?? exactSpelling
  const { nativeId, label } = await guarded(() => driver.create(draft))
  const writes = writesOfDraft(change, draft, spelling)
  if (driver.blind === true) return { ...receiptOf('created', null, null, writes), nativeId, label }
  return receiptOf('created', null, await shown(driver, nativeId, writes), writes)
}

async function performModify(driver: Driver, change: Change, before: Account, asked: Writes): Promise<Receipt> {
  const writes = await modifyUnlessHeld(driver, change, before, asked)
  if (driver.blind === true) return receiptOf('changed', before, null, writes)
  const after = await shown(driver, before.nativeId, writes)
  const disposition = change.key.nativeId === null ? 'adopted' : hasWrites(writes) ? 'changed' : 'noop'
  return receiptOf(disposition, before, after, writes)
}

/** A password history refuses the very password that is in force: then it is there already, and only the rest is written. */
async function modifyUnlessHeld(driver: Driver, change: Change, before: Account, asked: Writes): Promise<Writes> {
  try {
    await guarded(() => driver.modify(before, asked, change.secrets))
    return asked
  } catch (error) {
    if (asked.secrets.length === 0 || !isGatewayError(error) || error.code !== 'policy') throw error
    const current = await driver.find({ nativeId: before.nativeId, correlate: {} })
    if (current === null || !(await holdsAll(driver, change, current))) throw error
    const rest = { ...asked, secrets: [] }
    if (itemsOf(rest, current, driver.spelling).some(({ standing }) => standing === 'other')) throw error
    if (hasWrites(rest)) await guarded(() => driver.modify(current, rest, {}))
    return rest
  }
}

async function holdsAll(driver: Driver, change: Change, current: Account): Promise<boolean> {
  for (const [attribute, secret] of Object.entries(change.secrets)) {
    if ((await driver.holdsSecret(current, attribute, secret)) !== true) return false
  }
  return true
}

async function performDelete(driver: Driver, before: Account): Promise<Receipt> {
  try {
    await guarded(() => driver.remove(before))
    return receiptOf('deleted', before, null, emptyWrites)
  } catch (error) {
    // Gone since the before-image, and not by us: there is nothing that we would have to bring back.
    if (isGatewayError(error) && error.code === 'not_found') return receiptOf('noop', before, null, emptyWrites)
    throw error
  }
}

/** A driver that fails with anything but a GatewayError has a defect, and nobody knows how far it came. */
async function guarded<Result>(write: () => Promise<Result>): Promise<Result> {
  try {
    return await write()
  } catch (cause) {
    if (isGatewayError(cause)) throw cause
    throw new GatewayError('unknown_outcome', 'the connector failed in an unforeseen way while writing', { cause, sent: 'maybe' })
  }
}

/** Reads the account back: an answer of success is no proof that the target keeps what it was given. */
async function shown(driver: Driver, nativeId: string, writes: Writes): Promise<Account> {
  const after = await readBack(driver, nativeId)
  if (after === null) throw unknown('the target accepted the change, but the account cannot be found any more')
  const missing = itemsOf(writes, after, driver.spelling).filter(({ standing }) => standing !== 'after')
  if (missing.length === 0) return after
  const names = [...new Set(missing.map(({ item }) => item))].join(', ')
  throw unknown(`the target accepted the change, but does not show it in: ${names}`)
}

async function readBack(driver: Driver, nativeId: string): Promise<Account | null> {
  try {
    return await driver.find({ nativeId, correlate: {} })
  } catch (cause) {
    throw new GatewayError('unknown_outcome', 'the change was sent, but the account could not be read back', {
      cause,
      sent: 'yes',
    })
  }
}

function unknown(message: string): GatewayError {
  return new GatewayError('unknown_outcome', message, { sent: 'yes', hint: kitPhrases.decide })
}

/**
 * `diverged` carries a receipt when every item is either as before or as we wanted it: a change that was interrupted half-way and
 * that `compensate` can put back. Without a receipt somebody else was there, and a person decides.
 */
export type Verdict =
  | { readonly outcome: 'applied'; readonly receipt: Receipt }
  | { readonly outcome: 'not_applied' }
  | { readonly outcome: 'diverged'; readonly differences: readonly Difference[]; readonly receipt?: Receipt }

/**
 * Settles a step whose outcome is unknown by reading the target; changes nothing. `before` is the persisted before-image of the
 * attempt, with its secrets opened. Wait for the server's own deadline first (`capabilities.deadlineMs`).
 */
export async function verify(driver: Driver, change: Change, before: Account | null): Promise<Verdict> {
  const spelling = driver.spelling ?? exactSpelling
  const intent = intended(change, before, spelling)
  // What makes no sense was never sent.
  if (intent === null) return { outcome: 'not_applied' }
  if (intent.kind === 'noop') return { outcome: 'applied', receipt: untouched(change, before) }
  if (driver.blind === true) return { outcome: 'diverged', differences: [unseen] }
  const current = await driver.find(
    before === null ? { ...change.key, nativeId: null } : { nativeId: before.nativeId, correlate: {} },
  )
  switch (intent.kind) {
    case 'create':
      return verifyCreate(driver, change, intent.draft, current)
    case 'modify':
      return verifyModify(driver, change, existing(before), intent.writes, current)
    case 'delete':
      return verifyDelete(existing(before), current, spelling)
  }
}

function intended(change: Change, before: Account | null, spelling: Spelling): Intent | null {
  try {
    return intend(change, before, spelling)
  } catch (error) {
    if (isGatewayError(error)) return null
    throw error
  }
}

async function verifyCreate(driver: Driver, change: Change, draft: Draft, current: Account | null): Promise<Verdict> {
  if (current === null) return { outcome: 'not_applied' }
  const writes = writesOfDraft(change, draft, driver.spelling)
  const items = [...itemsOf(writes, current, driver.spelling), ...(await secretItems(driver, change, null, current))]
  const receipt = receiptOf('created', null, current, writes)
  const open = items.filter(({ standing }) => standing === 'before' || standing === 'other')
  if (open.length === 0) return { outcome: 'applied', receipt }
  // An entry with all our attributes that lacks only what is added after it (groups, password, being enabled) is ours, cut short.
  const ours = open.every(({ item }) => item === 'memberships' || item === 'enabled' || hasNone(current, change, item))
  return { outcome: 'diverged', differences: differencesOf(open), ...(ours ? { receipt } : {}) }
}

/** A password that is there and is not ours tells a stranger's account; one that is missing tells nothing. */
function hasNone(current: Account, change: Change, item: string): boolean {
  return item in change.secrets && current.secrets !== undefined && current.secrets[item] === undefined
}

async function verifyModify(
  driver: Driver,
  change: Change,
  before: Account,
  writes: Writes,
  current: Account | null,
): Promise<Verdict> {
  if (current === null) return { outcome: 'diverged', differences: [{ item: 'account', expected: [before.label], found: [] }] }
  const items = [...itemsOf(writes, current, driver.spelling), ...(await secretItems(driver, change, before, current))]
  const all = (...standings: Standing[]) => items.every(({ standing }) => standings.includes(standing))
  const receipt = receiptOf(change.key.nativeId === null ? 'adopted' : 'changed', before, current, writes)
  if (all('after')) return { outcome: 'applied', receipt }
  if (all('before')) return { outcome: 'not_applied' }
  const differences = differencesOf(items.filter(({ standing }) => standing !== 'after'))
  return { outcome: 'diverged', differences, ...(all('before', 'after') ? { receipt } : {}) }
}

function verifyDelete(before: Account, current: Account | null, spelling: Spelling): Verdict {
  if (current === null) return { outcome: 'applied', receipt: receiptOf('deleted', before, null, emptyWrites) }
  const lost = accountDifferences(before, current, spelling).filter(
    ({ item, expected, found }) => item === 'memberships' && expected.length > 0 && found.length === 0,
  )
  if (lost.length === 0) return { outcome: 'not_applied' }
  // Some systems take the memberships away in calls of their own; what is gone so far can be given back.
  const remove = lost.map(({ expected }) => String(expected[0]))
  const receipt = receiptOf('changed', before, current, { ...emptyWrites, memberships: { add: [], remove } })
  return { outcome: 'diverged', differences: lost, receipt }
}

/** Where the change's secrets stand. Never quotes them. */
async function secretItems(driver: Driver, change: Change, before: Account | null, current: Account): Promise<Item[]> {
  const items: Item[] = []
  for (const [item, secret] of Object.entries(change.secrets)) {
    const held = await driver.holdsSecret(current, item, secret)
    items.push({
      item,
      standing: secretStanding(held, before?.secrets?.[item], current.secrets?.[item]),
      expected: [],
      found: [],
    })
  }
  return items
}

function secretStanding(held: boolean | null, before: string | undefined, now: string | undefined): Standing {
  if (held === true) return 'after'
  if (before !== undefined && before === now) return 'before'
  if (held === null) return 'unclear'
  return before === undefined ? 'before' : 'other'
}

function differencesOf(items: readonly Item[]): readonly Difference[] {
  return items.map(({ item, expected, found }) => ({ item, expected, found }))
}
