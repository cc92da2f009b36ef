/** An API's JSON and accounts of ours: where each value stands is a pointer of the configuration (RFC 6901). */
import type { Account } from '#core/account.ts'
import type { Attributes, Scalar } from '#core/values.ts'
import type { Spelling } from '#connectors/kit/connector.ts'
import { GatewayError } from '#core/errors.ts'
import type { RestConfig } from './config.ts'
import { phrases } from './phrases.ts'

/** What stands at the pointer; undefined where there is nothing. Only what the value itself holds counts. */
export function at(value: unknown, pointer: string): unknown {
  const names = pointer
    .split('/')
    .slice(1)
    .map((name) => name.replaceAll('~1', '/').replaceAll('~0', '~'))
  return names.reduce((found: unknown, name) => {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, name)) return undefined
    return (found as Record<string, unknown>)[name]
  }, value)
}

const isScalar = (value: unknown): value is Scalar => ['string', 'number', 'boolean'].includes(typeof value)
/** Something that an attribute could hold; the empty text is no value. */
export const isValue = (value: unknown): value is Scalar => isScalar(value) && value !== ''

/** Throws `config` when the answer has no id where the configuration says. */
export function toAccount({ account }: Pick<RestConfig, 'account'>, json: unknown, etag?: string): Account {
  const id = idOf({ account }, json)
  if (id === null)
    throw new GatewayError('config', `an account of the answer has no id at ${account.id}`, {
      sent: 'yes',
      hint: phrases.idOrResult,
    })
  const entries = Object.entries(account.attributes).map(
    ([name, pointer]) => [name, [at(json, pointer)].flat().filter(isValue)] as const,
  )
  const attributes = Object.fromEntries(entries.filter(([, values]) => values.length > 0))
  const state = account.enabled === undefined ? undefined : at(json, account.enabled.at)
  const { memberships } = account
  const groups = memberships === undefined ? [] : [at(json, memberships.at)].flat().map((group) => at(group, memberships.name))
  return {
    nativeId: id,
    label: String(attributes[account.label ?? '']?.[0] ?? id),
    enabled: !isScalar(state) || String(state) !== String(account.enabled?.whenDisabled),
    attributes,
    memberships: groups.filter(isValue).map(String).toSorted(),
    ...(etag === undefined ? {} : { version: etag }),
  }
}

export function idOf({ account }: Pick<RestConfig, 'account'>, json: unknown): string | null {
  const id = at(json, account.id)
  return isValue(id) ? String(id) : null
}

/** The attributes that are written: those of which the configuration knows where they stand. Throws `config` for another. */
export function refuseUnknown({ account }: Pick<RestConfig, 'account'>, names: Iterable<string>): void {
  for (const name of names) {
    if (name in account.attributes && !account.readOnly.includes(name)) continue
    throw new GatewayError('config', `the target cannot write ${name}`, {
      sent: 'no',
      at: name,
      hint: phrases.attributePlace,
    })
  }
}

export const withoutReadOnly = ({ account }: Pick<RestConfig, 'account'>, attributes: Attributes): Attributes =>
  Object.fromEntries(Object.entries(attributes).filter(([name]) => !account.readOnly.includes(name)))

/** Values are what their texts say; an API folds and rewrites nothing that we could know of. */
export const spelling: Spelling = {
  attribute: (name) => name,
  value: (_name, value) => value,
  key: (_name, value) => String(value),
  group: (group) => group,
  groupKey: (group) => group,
}
