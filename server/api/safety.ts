/** `/api/v1/safety`: the safety thresholds of the rule sets in force, and how much of each is used now. */
import { Hono } from 'hono'
import type { Sql } from '#core/database.ts'
import { readSafety } from '#core/ledger/read-safety.ts'
import type { Planning } from '../requests/planning.ts'
import { may, type Env } from './context.ts'
import type { SafetyStatus } from './types.ts'

export interface SafetyRoutesDeps {
  readonly sql: Sql
  readonly planning: Pick<Planning, 'thresholds'>
}

export function safetyRoutes({ sql, planning }: SafetyRoutesDeps) {
  return new Hono<Env>().get('/', may('approvals:read'), async (c) => {
    const names = await sql<{ name: string }[]>`select distinct rule_set as name from source order by 1`
    const inForce = await Promise.all(
      names.map(async ({ name }) => ({ ruleSet: name, thresholds: await planning.thresholds(name) })),
    )
    return c.json({ items: (await readSafety(sql, inForce)) satisfies readonly SafetyStatus[] })
  })
}
