/**
 * Passwords that the gateway makes: what is asked of one, written into the name of the secret, so that the plan, its hash and whoever approves it hold
 * the policy and never the password.
 */

export const characterClasses = ['lower', 'upper', 'digit', 'symbol'] as const
export type CharacterClass = (typeof characterClasses)[number]

export interface PasswordPolicy {
  /** Tells passwords of one plan apart. */
  readonly name: string
  readonly length: number
  /** At least one character of each; never empty. */
  readonly classes: readonly CharacterClass[]
  /** Whether characters that people mistake for others may stand in it. */
  readonly ambiguous: boolean
}

/** How the names of secrets begin that the gateway makes itself; the rest says of what kind. */
const generatedPrefix = 'generated:'

/** Whether the gateway makes the secret. It is for an account that is created, or whose password is asked for: one that is there keeps its own. */
export function isGenerated(secret: string): boolean {
  return secret.startsWith(generatedPrefix)
}

const alphabets: Readonly<Record<CharacterClass, string>> = {
  lower: 'abcdefghijklmnopqrstuvwxyz',
  upper: 'ABCDEFGHIJKLMNOPQRSTUVWXYZ',
  digit: '0123456789',
  // What shells, URLs, XML and CSV files leave alone.
  symbol: '!#%*+-=?@_',
}
const ambiguous = /[Il1O0o]/g
const form = new RegExp(`^${generatedPrefix}([a-z0-9-]{1,32}):(\\d{1,3}):([a-z+]+)(:ambiguous)?$`)

/** Such as `generated:initial:20:lower+upper+digit+symbol`. */
export function toSecretName({ name, length, classes, ambiguous: all }: PasswordPolicy): string {
  return `${generatedPrefix}${name}:${length}:${classes.join('+')}${all ? ':ambiguous' : ''}`
}

/** null for a secret that came with the request. */
export function readSecretName(secret: string): PasswordPolicy | null {
  const [, name, length, classes = '', all] = form.exec(secret) ?? []
  const wanted = characterClasses.filter((known) => classes.split('+').includes(known))
  if (name === undefined || wanted.length === 0) return null
  return { name, length: Number(length), classes: wanted, ambiguous: all !== undefined }
}

/** @param random a whole number from 0 to below the argument, each as likely as any other, that nobody can guess */
export function makePassword({ length, classes, ambiguous: all }: PasswordPolicy, random: (below: number) => number): string {
  const alphabetOf = (one: CharacterClass) => (all ? alphabets[one] : alphabets[one].replaceAll(ambiguous, ''))
  const pick = (alphabet: string) => alphabet.charAt(random(alphabet.length))
  const whole = classes.map(alphabetOf).join('')
  const characters = [
    ...classes.map((one) => pick(alphabetOf(one))),
    ...Array.from({ length: Math.max(0, length - classes.length) }, () => pick(whole)),
  ]
  // Fisher and Yates: those that had to be there stand anywhere.
  for (let last = characters.length - 1; last > 0; last--) {
    const other = random(last + 1)
    const [kept = '', moved = ''] = [characters[other], characters[last]]
    characters[last] = kept
    characters[other] = moved
  }
  return characters.join('')
}
