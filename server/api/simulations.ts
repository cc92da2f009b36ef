/** `/api/v1/rules/:name/simulations` and `/api/v1/simulations`: what another version of the rules would change, before anybody publishes it. */
import { Hono } from 'hono'
import * as v from 'valibot'
import type { Sql } from '#core/database.ts'
import { GatewayError } from '#core/errors.ts'
import type { Ledger } from '#core/ledger/index.ts'
import type { Logger } from '#core/log.ts'
import { requestKinds } from '#core/plan.ts'
import { simulationOutcomes } from '#core/simulations/simulation.ts'
import { cancelSimulation, readResults, readSimulations, type SimulationRecord } from '#core/simulations/store.ts'
import { isUuid } from '#core/uuid.ts'
import { actorName } from '../auth/policy.ts'
import { readJson } from '../json-body.ts'
import { inForce, readRuleHashes, type VersionHash } from '../requests/rule-versions.ts'
import { beginSimulation, type BeginDeps } from '../requests/simulate.ts'
import { actorOf, may, type Env } from './context.ts'
import { readQuery } from './rule-bodies.ts'
import { exportResponse, withoutOrder } from './simulation-export.ts'
import type { Page, Simulation, SimulationResult } from './types.ts'

export interface SimulationRoutesDeps extends BeginDeps {
  readonly sql: Sql
  readonly ledger: Pick<Ledger, 'record'>
  readonly log: Logger
}

const mostRequests = 100_000

export const SimulationBody = v.strictObject({
  version: v.pipe(v.number(), v.integer(), v.minValue(1), v.description('The version of the rule set that is tried.')),
  scope: v.pipe(
    v.variant('kind', [
      v.strictObject({
        kind: v.literal('requests'),
        last: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(mostRequests), v.description('So many of the newest.')),
      }),
      v.strictObject({
        kind: v.literal('population'),
        source: v.pipe(
          v.nullable(v.pipe(v.string(), v.maxLength(200))),
          v.description('Whose identities; null: those of all sources that use the rule set.'),
        ),
      }),
    ]),
    v.description('The last requests, each on the state that its identity was in; or everybody as they are now, as an update.'),
  ),
})

const cursor = v.optional(v.pipe(v.string(), v.regex(/^\d{1,15}$/, 'must be the cursor that a page gave')))
const limit = v.optional(
  v.pipe(v.string(), v.regex(/^\d{1,3}$/, 'must be a number'), v.transform(Number), v.minValue(1), v.maxValue(200)),
  '50',
)
const PageAsked = v.object({ cursor, limit })
const ResultFilter = v.object({
  cursor,
  limit,
  outcome: v.optional(v.picklist(simulationOutcomes, `must be one of ${simulationOutcomes.join(', ')}`)),
  kind: v.optional(v.picklist(requestKinds, `must be one of ${requestKinds.join(', ')}`)),
  target: v.optional(v.pipe(v.string(), v.maxLength(100))),
  attribute: v.optional(v.pipe(v.string(), v.maxLength(300))),
})
const ExportAsked = v.object({ format: v.optional(v.picklist(['csv', 'json'], 'must be csv or json'), 'json') })

/** Below `/api/v1/rules`. */
export function ruleSimulationRoutes(deps: SimulationRoutesDeps) {
  const { sql } = deps
  return new Hono<Env>()
    .post('/:name/simulations', may('rules:edit'), async (c) => {
      const body = readBody(await c.req.text())
      const id = await beginSimulation(deps, { ...body, ruleSet: c.req.param('name'), by: actorName(actorOf(c)) })
      c.header('Location', `/api/v1/simulations/${id}`)
      return c.json(await present(sql, await one(sql, id)), 202)
    })
    .get('/:name/simulations', may('rules:read'), async (c) => {
      const ruleSet = c.req.param('name')
      const { cursor: before, limit: wanted } = readQuery(c, PageAsked)
      const versions = await readRuleHashes(sql, ruleSet)
      if (versions.length === 0) throw new GatewayError('missing', 'there is no such rule set')
      const rows = await readSimulations(sql, {
        ruleSet,
        limit: wanted + 1,
        ...(before === undefined ? {} : { before: Number(before) }),
      })
      const last = rows[wanted - 1]
      return c.json({
        items: rows.slice(0, wanted).map((row) => toSimulation(row, versions)),
        next: rows.length > wanted && last !== undefined ? String(last.seq) : null,
      } satisfies Page<Simulation>)
    })
}

/** Below `/api/v1/simulations`. */
export function simulationRoutes(deps: SimulationRoutesDeps) {
  const { sql, ledger } = deps
  return new Hono<Env>()
    .get('/:id', may('rules:read'), async (c) => c.json(await present(sql, await one(sql, c.req.param('id')))))
    .get('/:id/results', may('rules:read'), async (c) => {
      const { id } = await one(sql, c.req.param('id'))
      const { cursor: after, limit: wanted, outcome, kind, target, attribute } = readQuery(c, ResultFilter)
      const rows = await readResults(sql, id, {
        limit: wanted + 1,
        ...(after === undefined ? {} : { after: Number(after) }),
        ...(outcome === undefined ? {} : { outcome }),
        ...(kind === undefined ? {} : { kind }),
        ...(target ? { target } : {}),
        ...(attribute ? { attribute } : {}),
      })
      const last = rows[wanted - 1]
      return c.json({
        items: rows.slice(0, wanted).map(withoutOrder),
        next: rows.length > wanted && last !== undefined ? String(last.ord) : null,
      } satisfies Page<SimulationResult>)
    })
    .post('/:id/cancel', may('rules:edit'), async (c) => {
      const { id, ruleSet, version } = await one(sql, c.req.param('id'))
      if (!(await cancelSimulation(sql, id))) throw new GatewayError('conflict', 'the simulation has ended already')
      const detail = { simulation: id, ruleSet, version }
      await ledger.record({ action: 'simulation_cancelled', actor: actorName(actorOf(c)), detail })
      return c.json(await present(sql, await one(sql, id)))
    })
    .get('/:id/export', may('rules:read'), async (c) => {
      const { format } = readQuery(c, ExportAsked)
      const record = await one(sql, c.req.param('id'))
      const detail = { simulation: record.id, ruleSet: record.ruleSet, version: record.version, format }
      // It takes people's data out of the gateway.
      await ledger.record({ action: 'simulation_exported', actor: actorName(actorOf(c)), detail })
      return exportResponse(format, await present(sql, record), (after, size) =>
        readResults(sql, record.id, { after, limit: size }),
      )
    })
}

async function one(sql: Sql, id: string): Promise<SimulationRecord> {
  const [record] = isUuid(id) ? await readSimulations(sql, { id, limit: 1 }) : []
  if (record === undefined) throw new GatewayError('missing', 'there is no such simulation')
  return record
}

async function present(sql: Sql, record: SimulationRecord): Promise<Simulation> {
  return toSimulation(record, await readRuleHashes(sql, record.ruleSet))
}

function toSimulation(record: SimulationRecord, versions: readonly VersionHash[]): Simulation {
  const { seq: _, tally, createdAt, endedAt, hash, targetsChanged, lookupsChanged, ...rest } = record
  return {
    ...rest,
    ...tally,
    createdAt: createdAt.toISOString(),
    endedAt: endedAt?.toISOString() ?? null,
    stale: [
      ...(versions.some((one) => one.version === record.version && one.hash === hash) ? [] : (['draft'] as const)),
      ...(inForce(versions) === record.against ? [] : (['published'] as const)),
      ...(lookupsChanged ? (['lookups'] as const) : []),
      ...(targetsChanged ? (['targets'] as const) : []),
    ],
  }
}

function readBody(text: string): v.InferOutput<typeof SimulationBody> {
  const result = v.safeParse(SimulationBody, readJson(text))
  if (result.success) return result.output
  const path = v.getDotPath(result.issues[0]) ?? ''
  throw new GatewayError('unprocessable', `a simulation names a version, and what it is tried on: ${result.issues[0].message}`, {
    at: `/${path.replaceAll('.', '/')}`,
    hint: 'send {"version": 2, "scope": {"kind": "requests", "last": 1000}} or {"version": 2, "scope": {"kind": "population", "source": null}}',
  })
}
