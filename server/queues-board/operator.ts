/** What Bull Board cannot ask for and the gateway must know: why, by whom and in which language, and which rules a retry uses. */
import { getCookie } from 'hono/cookie'
import type { Context } from 'hono'
import * as v from 'valibot'
import { GatewayError } from '#core/errors.ts'
import { actorOf, type Env } from '../api/context.ts'

/** The headers that the board's page sends with whatever changes something; the reason is percent-encoded UTF-8. */
export const reasonHeader = 'Passerelle-Reason'
export const rulesHeader = 'Passerelle-Rules'

export interface Asked {
  readonly reason: string
  /** kept: the plan that was accepted; refreshed: planned anew with the rule set in force. */
  readonly rules: 'kept' | 'refreshed'
}

const Reason = v.pipe(v.string(), v.trim(), v.minLength(3), v.maxLength(500))
const Rules = v.optional(v.picklist(['kept', 'refreshed']), 'kept')

/** Throws `unprocessable` when no reason, or no good one, came with the call. */
export function readAsked(c: Context<Env>): Asked {
  const reason = v.safeParse(Reason, decode(c.req.header(reasonHeader) ?? ''))
  const rules = v.safeParse(Rules, c.req.header(rulesHeader))
  if (reason.success && rules.success) return { reason: reason.output, rules: rules.output }
  throw new GatewayError('unprocessable', 'whoever changes something here says why, in 3 to 500 characters', {
    hint: `send the headers ${reasonHeader} (percent-encoded) and, with a retry, ${rulesHeader}: kept or refreshed`,
  })
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return ''
  }
}

/** The person's own language, else the one the dashboard was last shown in, else the browser's. */
export function languageOf(c: Context<Env>): 'en' | 'fr' {
  const actor = actorOf(c)
  const own = actor.kind === 'person' ? actor.locale : null
  const wanted = own ?? getCookie(c, 'passerelle_locale') ?? c.req.header('Accept-Language') ?? ''
  return wanted.startsWith('fr') ? 'fr' : 'en'
}
