/**
 * The secrets that a step wrote, when it is undone. An old one is put back where the system gave us its hash; elsewhere the one that the step set
 * must not stay in force, so one that nobody knows takes its place. What somebody else set since is left alone, as far as the system lets us see it.
 */
import type { Account, Receipt } from '#core/account.ts'
import { GatewayError } from '#core/errors.ts'
import type { Standing } from './compare.ts'
import type { Driver } from './connector.ts'
import { emptyWrites } from './converge.ts'
import { kitPhrases } from './phrases.ts'
import { unknownPassword } from './unknown-password.ts'

export interface SecretBack {
  readonly name: string
  readonly standing: Standing
  /** The old hash; empty when the account had no such secret; null when it cannot be put back. */
  readonly old: string | null
}

/** What is durable about secrets that nobody knows: nobody keeps them, so a compensation could not recognise its own. */
export interface Resets {
  /** An earlier run of the same compensation may have set one. */
  readonly begun?: boolean
  /** Makes it durable that one is about to be set. Throws when it must not be. */
  begin?(): Promise<void>
}

/**
 * Whose secret is in force. `text` is the one that the step wrote, in clear, when it is still kept.
 * Where hashes are shown they tell; where they are hidden, the mark that stands in their place (when the password was set) does, or a proof.
 * `unclear` where nothing does.
 */
export async function oldSecret(
  driver: Driver,
  receipt: Receipt,
  current: Account,
  { name, text, begun }: { readonly name: string; readonly text: string | undefined; readonly begun: boolean },
): Promise<SecretBack> {
  const readable = receipt.before?.secrets
  const showsHashes = driver.restoreSecrets !== undefined
  const old = readable === undefined || !showsHashes ? null : (readable[name] ?? '')
  const was = readable?.[name] ?? ''
  const ours = receipt.after?.secrets?.[name] ?? ''
  const now = current.secrets?.[name] ?? ''
  // A hash that is still the old one needs no proof; a new hash of the same password would differ. Marks of one second may be alike.
  const isBefore = now === was && (now !== '' ? ours === '' || ours !== was || showsHashes : ours !== '' && now === old)
  if (isBefore) return { name, old, standing: 'before' }
  if (ours !== '' && now !== ours) return { name, old: null, standing: 'other' }
  if (ours !== '' && ours !== was) return { name, old, standing: 'after' }
  const held = text === undefined ? null : await driver.holdsSecret(current, name, text)
  // Without a hash in sight, an old one that is "none" may as well be one that nobody can read.
  const restorable = now === '' ? null : old
  if (held === true) return { name, old: restorable, standing: 'after' }
  if (now === old && held === false && !begun) return { name, old, standing: 'before' }
  return { name, old: null, standing: held === null ? 'unclear' : 'other' }
}

/** Sets a secret that nobody knows. Throws `unknown_outcome` when the target accepted it and does not take it. */
export async function resetSecret(driver: Driver, current: Account, name: string): Promise<void> {
  const secret = unknownPassword()
  if (driver.resetSecret !== undefined) await driver.resetSecret(current, name, secret)
  else await driver.modify(current, { ...emptyWrites, secrets: [name] }, { [name]: secret })
  if ((await driver.holdsSecret(current, name, secret)) !== false) return
  throw new GatewayError('unknown_outcome', `the target accepted another secret for ${name}, but does not take it`, {
    sent: 'yes',
    hint: kitPhrases.newPassword,
  })
}
