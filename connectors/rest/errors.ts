/** The one place where an API's answers become ours: by the rules that the target's configuration gives its operations, else by the status. */
import type { HttpAnswer, Meaning } from '#connectors/kit/http.ts'
import type { ConnectorCode } from '#core/errors.ts'
import type { Operation } from './config.ts'
import { at } from './mapping.ts'

const texts: Partial<Readonly<Record<ConnectorCode, string>>> = {
  exists: 'something in the system holds the place or a unique value already',
  not_found: 'it is not there',
  policy: 'a policy of the system refuses it',
  invalid: 'the system refuses the data',
  denied: 'the credentials lack the right',
  throttled: 'the system has had enough calls for now',
  transient: 'the system is not available',
  stale: 'it changed since it was read',
}

/** The first rule that fits the answer; null when none does. A text of the answer is compared, and never shown. */
export function meaningOf({ status, json }: HttpAnswer, { errors }: Pick<Operation, 'errors'>): Meaning | null {
  const rule = errors.find(
    (one) => (one.status ?? status) === status && (one.at === undefined || String(at(json, one.at)) === one.equals),
  )
  return rule === undefined ? null : { code: rule.code, text: texts[rule.code] ?? 'the system refuses the call' }
}
