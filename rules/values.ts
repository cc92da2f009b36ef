/**
 * What a rule's result means: JSONata answers with anything JSON can say, accounts hold lists of scalars. Shared by the sandbox
 * (for computed attributes) and the planner, so that both read a result the same way.
 */
import type { Attributes, Scalar, Values } from '#core/values.ts'
import { resultPhrases } from './phrases/expression.ts'
import { Refusal } from './phrases/refusal.ts'

/** A result that cannot be an attribute's value. It says what kind of thing it is, never what it holds. */
export class UnfitResult extends Refusal {
  override readonly name = 'UnfitResult'
}

/**
 * no result, null and '' → no value; a scalar → one value; a list → its scalars, without nulls, empty texts and repetitions.
 * Throws UnfitResult for objects, functions, lists in lists and everything that holds a secret.
 */
export function toValues(result: unknown): Values {
  if (!Array.isArray(result)) return toScalars(result)
  const values: Scalar[] = []
  for (const item of result as readonly unknown[]) {
    if (Array.isArray(item)) throw new UnfitResult(resultPhrases.nestedList)
    values.push(...toScalars(item))
  }
  return [...new Set(values)]
}

function toScalars(item: unknown): Values {
  if (item === undefined || item === null || item === '') return []
  switch (typeof item) {
    case 'string':
      if (mentionsSecret(item)) throw new UnfitResult(resultPhrases.fromSecret)
      return [item]
    case 'number':
    case 'boolean':
      return [item]
    case 'object':
      throw new UnfitResult(secretName(item) === null ? resultPhrases.isObject : resultPhrases.isSecret)
    default:
      throw new UnfitResult(resultPhrases.noScalar({ found: typeof item }))
  }
}

/** How expressions see values: none → undefined, one → a scalar, several → an array. */
export function toNatural(values: Values): Scalar | Scalar[] | undefined {
  return values.length > 1 ? [...values] : values[0]
}

/** What expressions see instead of a secret: its name. */
export interface SecretPlaceholder {
  readonly $secret: string
}

/** The name in a placeholder; null for anything else. */
export function secretName(value: unknown): string | null {
  if (typeof value !== 'object' || value === null) return null
  const name: unknown = Reflect.get(value, '$secret')
  return typeof name === 'string' && Object.keys(value).length === 1 ? name : null
}

/** JSONata turns an object into its JSON when it is used as text, which is how a changed secret shows itself. */
function mentionsSecret(text: string): boolean {
  return text.toLowerCase().includes('"$secret":')
}

/** The root that expressions read: attributes in natural form, secrets as placeholders, and `request`. */
export function toRoot(
  attributes: Attributes,
  secrets: readonly string[],
  request: { readonly kind: string; readonly source: string; readonly externalId: string },
): Record<string, unknown> {
  const root: Record<string, unknown> = {}
  for (const [name, values] of Object.entries(attributes)) {
    const natural = toNatural(values)
    if (natural !== undefined && isReadable(name)) root[name] = natural
  }
  for (const name of secrets) if (isReadable(name)) root[name] = { $secret: name } satisfies SecretPlaceholder
  root['identity'] = {}
  root['request'] = { kind: request.kind, source: request.source, externalId: request.externalId }
  return root
}

/** JSONata marks its own functions with such keys; an attribute must not pass for one. */
function isReadable(name: string): boolean {
  return name !== '__proto__' && !name.startsWith('_jsonata_')
}
