/** What an Odoo says of itself, and until when it lets the gateway in: the keys of its API end, at the latest after three months. */
import type { Survey } from '#connectors/kit/connector.ts'
import { isGatewayError } from '#core/errors.ts'
import * as v from 'valibot'
import { search, type Odoo } from './odoo.ts'
import { phrases } from './phrases.ts'

export async function surveyOdoo(odoo: Odoo): Promise<Survey> {
  const [version, end] = [await odoo.version(), await keyEnd(odoo)]
  return {
    system: version === null ? null : `Odoo ${version}`,
    facts: [
      odoo.config.protocol === 'json-2' ? phrases.byJson2 : phrases.byJsonRpc,
      ...(end === null ? [phrases.endUnknown] : end.isOneOfSeveral ? [phrases.oneOfSeveral] : []),
    ],
    narrows: {},
    secretEndsAt: end?.at.toISOString() ?? null,
  }
}

export interface KeyEnd {
  readonly at: Date
  /** Odoo does not say which key is the one that the gateway has: it is the first that ends. */
  readonly isOneOfSeveral: boolean
}

const Described = v.record(v.string(), v.unknown())
/** As Odoo writes a time, in UTC; false for a key without an end. */
const Ending = v.looseObject({ expiration_date: v.nullish(v.union([v.literal(false), v.string()]), false) })

/**
 * When the key of the gateway's own user ends, which sees its keys, though not what they are; null where none ends, or where Odoo (until 17) has no
 * such date or does not show it.
 */
export async function keyEnd(odoo: Odoo): Promise<KeyEnd | null> {
  const model = 'res.users.apikeys'
  const doing = 'reading when the key ends'
  try {
    const uid = await odoo.login()
    const fields = await odoo.ask(Described, {
      doing,
      model,
      method: 'fields_get',
      parameters: { allfields: null, attributes: ['type'] },
    })
    if (fields['expiration_date'] === undefined) return null
    const keys = await search(odoo, { doing, model, domain: [['user_id', '=', uid]], fields: ['expiration_date'], limit: null })
    const ends = keys.flatMap((key) => timeOf(v.parse(Ending, key).expiration_date)).filter((end) => end.getTime() > Date.now())
    const [first] = ends.toSorted((one, other) => one.getTime() - other.getTime())
    return first === undefined ? null : { at: first, isOneOfSeveral: keys.length > 1 }
  } catch (error) {
    if (isGatewayError(error) && ['denied', 'not_found', 'invalid', 'unsupported'].includes(error.code)) return null
    throw error
  }
}

function timeOf(written: string | false | null): readonly Date[] {
  const end = new Date(typeof written === 'string' ? `${written.replace(' ', 'T')}Z` : Number.NaN)
  return Number.isNaN(end.getTime()) ? [] : [end]
}
