/**
 * Passwords that the gateway makes. The function only says of what kind: it gives the secret's name, and the password itself is made where the
 * request is accepted, outside the sandbox, sealed, and never seen by a rule.
 */
import { toSecretName, type PasswordPolicy, characterClasses, type CharacterClass } from '../password-policy.ts'
import { functionPhrases } from '../phrases/functions.ts'
import { quoted } from '../phrases/words.ts'
import type { SecretPlaceholder } from '../values.ts'
import { countArgument, FunctionProblem, textArgument, textListArgument } from './arguments.ts'
import { readOptions } from './options.ts'

const shortest = 8
const longest = 128
const usual: PasswordPolicy = { name: 'initial', length: 20, classes: characterClasses, ambiguous: false }

/**
 * `$password(policy?)` → a new password for an account that is created, or for a request of kind password; for an attribute with `secret: true` only. An
 * account that is there keeps the password it has. `policy` is a length (8 to 128), or an object of `length` (20 unless told), `classes` (some of `"lower"`,
 * `"upper"`, `"digit"`, `"symbol"`; all unless told; at least one character of each), `ambiguous` (true: `I l 1 O 0 o` may stand in it) and `name`.
 * Attributes that ask for the same policy and name, in whatever targets, get the same password; another name gives another one.
 *
 * `$password()`; `$password(16)`; `$exists(password) ? password : $password({ "name": "erp", "classes": ["lower", "digit"] })`. Fails for a length out of
 * bounds, for a class that is not known, and where text is made of it.
 */
export function password(policy: unknown): SecretPlaceholder {
  const placeholder: SecretPlaceholder = { $secret: toSecretName(toPolicy(policy)) }
  Object.defineProperty(placeholder, 'toJSON', { value: refuseText })
  return placeholder
}

/** JSONata makes text of an object by JSON.stringify; of a secret it must not even make the name. */
export function refuseText(): never {
  throw new FunctionProblem(functionPhrases.secretAsText)
}

function toPolicy(given: unknown): PasswordPolicy {
  if (given === undefined || given === null) return usual
  if (typeof given === 'number') return { ...usual, length: toLength(given) }
  const options = readOptions('$password', 1, given, ['length', 'classes', 'ambiguous', 'name'])
  const { ambiguous = false } = options
  if (typeof ambiguous !== 'boolean') throw new FunctionProblem(functionPhrases.passwordAmbiguous)
  const name = textArgument('$password', 1, options['name']) ?? usual.name
  if (!/^[a-z0-9-]{1,32}$/.test(name)) throw new FunctionProblem(functionPhrases.passwordName)
  return { name, length: toLength(options['length']), classes: toClasses(options['classes']), ambiguous }
}

function toLength(given: unknown): number {
  return countArgument('$password', 1, given, shortest, longest) ?? usual.length
}

function toClasses(given: unknown): readonly CharacterClass[] {
  if (given === undefined || given === null) return usual.classes
  const named = textListArgument('$password', 1, given)
  const unknown = named.some((name) => !characterClasses.some((known) => known === name))
  if (unknown || named.length === 0)
    throw new FunctionProblem(functionPhrases.passwordClasses({ values: quoted(characterClasses) }))
  return characterClasses.filter((known) => named.includes(known))
}
