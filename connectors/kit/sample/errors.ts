/** The one place where the system's answers become ours. Only codes are read: its sentences may quote values. */
import * as v from 'valibot'
import type { HttpAnswer, Meaning } from '#connectors/kit/http.ts'
import { phrases } from './phrases.ts'

const Refusal = v.object({ error: v.object({ code: v.string() }) })

const meanings: Readonly<Record<string, Meaning>> = {
  DUPLICATE: { code: 'exists', text: 'another account has the login' },
  WEAK: { code: 'policy', text: 'the password is too weak for the system', hint: phrases.weak },
  KEY: { code: 'auth', text: 'the API key is refused', hint: phrases.key },
  NO_TEAM: { code: 'not_found', text: 'there is no such team' },
}

/** What the system says differently from HTTP; null: what the status says. */
export function meaningOf({ json }: HttpAnswer): Meaning | null {
  const refusal = v.safeParse(Refusal, json)
  if (!refusal.success) return null
  const { code } = refusal.output.error
  const meaning = meanings[code]
  return meaning === undefined ? null : { ...meaning, vendorCode: code }
}
