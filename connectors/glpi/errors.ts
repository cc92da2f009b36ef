/**
 * The one place where GLPI's answers become ours. An error is a pair of a code and a sentence in the language of whoever is logged in, which may
 * quote values: only the code is read.
 */
import { GatewayError } from '#core/errors.ts'
import type { HttpAnswer, HttpCall, Meaning } from '#connectors/kit/http.ts'
import * as v from 'valibot'
import { phrases } from './phrases.ts'

const Problem = v.looseTuple([v.pipe(v.string(), v.regex(/^ERROR_[A-Z_]+$/))])

const meanings: Readonly<Record<string, Meaning>> = {
  ERROR_ITEM_NOT_FOUND: { code: 'not_found', text: 'there is no such item' },
  ERROR_RIGHT_MISSING: {
    code: 'denied',
    text: 'the gateway’s user lacks the right',
    hint: phrases.rights,
  },
  ERROR_SESSION_TOKEN_INVALID: { code: 'auth', text: 'the session ended' },
  ERROR_SESSION_TOKEN_MISSING: { code: 'auth', text: 'the session ended' },
  ERROR_GLPI_LOGIN_USER_TOKEN: {
    code: 'auth',
    text: 'the user token is refused',
    hint: phrases.apiToken,
  },
  ERROR_GLPI_LOGIN: {
    code: 'auth',
    text: 'the gateway’s user is refused',
    hint: phrases.activeUser,
  },
  ERROR_WRONG_APP_TOKEN_PARAMETER: {
    code: 'auth',
    text: 'the application token is refused',
    hint: phrases.apiClient,
  },
  ERROR_APP_TOKEN_PARAMETERS_MISSING: {
    code: 'auth',
    text: 'GLPI wants an application token',
    hint: phrases.appToken,
  },
  ERROR_NOT_ALLOWED_IP: {
    code: 'auth',
    text: 'no API client of GLPI allows this machine’s address',
    hint: phrases.clientAddress,
  },
  ERROR_ITEMTYPE_NOT_FOUND_NOR_COMMONDBTM: { code: 'config', text: 'this GLPI does not know that kind of item' },
  // See `askPage`.
  ERROR_RANGE_EXCEED_TOTAL: { code: 'invalid', text: 'the page begins behind the end of the list' },
  ERROR_SQL: { code: 'invalid', text: 'GLPI’s database refuses the change' },
  ERROR_GLPI_ADD: { code: 'invalid', text: 'GLPI refuses the new item' },
  ERROR_GLPI_UPDATE: { code: 'invalid', text: 'GLPI refuses the change' },
  ERROR_GLPI_DELETE: { code: 'invalid', text: 'GLPI refuses the deletion' },
}

/** What GLPI says differently from HTTP; null: what the status says. */
export function meaningOf({ json, status }: HttpAnswer): Meaning | null {
  const problem = v.safeParse(Problem, json)
  if (!problem.success || status >= 500) return null
  const [code] = problem.output
  const known = meanings[code]
  return known === undefined ? null : { ...known, vendorCode: code }
}

/** A change answers with one line for each item, `{"7": true, "message": ""}`; 207 says that some were refused. */
const Line = v.record(v.string(), v.unknown())
const Lines = v.union([
  v.array(Line),
  v.pipe(
    Line,
    v.transform((line) => [line]),
  ),
])

/** Whether GLPI had something to say of the change, as it has when it leaves a part of it out. Throws when it refused the item. */
export function refusePartly({ json, status }: HttpAnswer, { doing }: Pick<HttpCall, 'doing'>): { readonly hasRemarks: boolean } {
  // The rest of the answer was lost: what reads back decides.
  const lines = v.safeParse(Lines, json ?? [])
  if (lines.success && !lines.output.some((line) => Object.values(line).includes(false)))
    return { hasRemarks: lines.output.some(({ message }) => typeof message === 'string' && message !== '') }
  throw new GatewayError('invalid', `${doing}: GLPI refuses the change`, {
    ...{ sent: 'yes', vendorCode: `HTTP ${status}` },
    hint: phrases.log,
  })
}
