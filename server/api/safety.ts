/** `/api/v1/safety`: the safety thresholds of the rule sets in force, how much of each is used now, and one answer for all that one of them holds. */
import { Hono } from 'hono'
import * as v from 'valibot'
import type { Sql } from '#core/database.ts'
import { GatewayError } from '#core/errors.ts'
import type { Ledger } from '#core/ledger/index.ts'
import { readHeld, readSafety } from '#core/ledger/read-safety.ts'
import { actorName } from '../auth/policy.ts'
import { readJson } from '../json-body.ts'
import type { Planning } from '../requests/planning.ts'
import { hasRole } from './approvals.ts'
import { actorOf, may, type Env } from './context.ts'
import type { HeldDecided, SafetyStatus } from './types.ts'

export interface SafetyRoutesDeps {
  readonly sql: Sql
  readonly planning: Pick<Planning, 'thresholds'>
}

export const HeldDecisionBody = v.strictObject({
  ruleSet: v.string(),
  threshold: v.pipe(v.string(), v.description('Its name.')),
  decision: v.picklist(['approve', 'refuse']),
  askedUntil: v.pipe(
    v.string(),
    v.isoTimestamp(),
    v.description('When the person looked at what is held: what was asked later is not answered.'),
  ),
  reason: v.pipe(
    v.string(),
    v.trim(),
    v.minLength(3),
    v.maxLength(500),
    v.description('Why; it stands in every request’s history.'),
  ),
})

/** So many are answered by one call: each is hashed anew, and locks its identity. */
const mostAtOnce = 200

export function safetyRoutes({ sql, planning, ledger }: SafetyRoutesDeps & { readonly ledger: Pick<Ledger, 'answerApproval'> }) {
  return new Hono<Env>()
    .get('/', may('approvals:read'), async (c) => {
      const names = await sql<{ name: string }[]>`select distinct rule_set as name from source order by 1`
      const inForce = await Promise.all(
        names.map(async ({ name }) => ({ ruleSet: name, thresholds: await planning.thresholds(name) })),
      )
      return c.json({ items: (await readSafety(sql, inForce)) satisfies readonly SafetyStatus[] })
    })
    .post('/decisions', may('approvals:answer'), async (c) => {
      const actor = actorOf(c)
      const { decision, reason, askedUntil, ...about } = readDecision(await c.req.text())
      const person = actorName(actor)
      const filter = { ...about, person, askedUntil: new Date(askedUntil) }
      const held = await readHeld(sql, { ...filter, limit: mostAtOnce })
      const foreign = held.find((approval) => !hasRole(actor, approval))
      if (foreign !== undefined) throw new GatewayError('forbidden', `this needs the role ${foreign.role}, or an administrator`)
      const answers = await Promise.all(
        held.map(({ id }) => ledger.answerApproval({ approvalId: id, actor: person, decision, reason })),
      )
      const decided = answers.filter(({ outcome }) => outcome === 'decided').length
      const left = (await readHeld(sql, { ...filter, limit: 100_000 })).length
      return c.json({ decided, left } satisfies HeldDecided)
    })
}

function readDecision(text: string): v.InferOutput<typeof HeldDecisionBody> {
  const result = v.safeParse(HeldDecisionBody, readJson(text))
  if (result.success) return result.output
  const at = v.getDotPath(result.issues[0]) ?? 'decision'
  throw new GatewayError('unprocessable', `${at} is not as expected`, {
    at: `/${at}`,
    hint: 'send {"ruleSet": "default", "threshold": "mass departures", "decision": "approve", "askedUntil": "2027-01-31T09:00:00Z", "reason": "the agency closes"}',
  })
}
