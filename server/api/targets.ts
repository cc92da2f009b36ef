/** `/api/v1/targets`: the configured targets, how they are doing, what waits for them, and their maintenance mode. */
import { Hono, type Context } from 'hono'
import * as v from 'valibot'
import type { Connector } from '#connectors/kit/connector.ts'
import { limitsOf } from '#connectors/kit/limits.ts'
import type { Sql } from '#core/database.ts'
import { GatewayError } from '#core/errors.ts'
import type { Ledger } from '#core/ledger/index.ts'
import { hurryParked } from '#core/ledger/parked.ts'
import { readBacklogs, type TargetBacklog } from '#core/ledger/target-backlog.ts'
import { breakerOf } from '#core/target-limits.ts'
import { conditionOf, type TargetState } from '#core/target-state.ts'
import type { TargetWatch } from '#core/target-watch.ts'
import type { TargetRecord } from '#core/targets.ts'
import { actorName } from '../auth/policy.ts'
import { capabilitiesOf, surveyOf, toTargetSurvey } from '../configuration/capabilities.ts'
import { readJson } from '../json-body.ts'
import { actorOf, may, type Env } from './context.ts'
import { remembered } from './remembered.ts'
import type { Target, TargetDetail } from './types.ts'

export interface TargetRoutesDeps {
  readonly targets: () => readonly TargetRecord[]
  readonly connectors: Readonly<Record<string, Connector>>
  readonly watch: Pick<TargetWatch, 'stateOf' | 'learn'>
  readonly ledger: Pick<Ledger, 'changeTarget'>
  readonly sql: Sql
}

export const MaintenanceBody = v.pipe(
  v.strictObject({
    on: v.pipe(v.boolean(), v.description('true begins it, false ends it.')),
    reason: v.pipe(
      v.string(),
      v.trim(),
      v.minLength(3),
      v.maxLength(500),
      v.description('Why; people see it where work waits, and it stands in the audit trail.'),
    ),
  }),
  v.description('A target in maintenance is not called: its work waits, and nothing of it is lost.'),
)

const nothing: TargetBacklog = { queued: 0, running: 0, oldestMs: null }

export function targetRoutes(deps: TargetRoutesDeps) {
  const { targets, watch, ledger, sql } = deps
  const backlogs = remembered(() => readBacklogs(sql))

  async function present(records: readonly TargetRecord[]): Promise<readonly Target[]> {
    const waiting = await backlogs()
    return records.map((record) =>
      toTarget(record, deps.connectors, watch.stateOf(record.name), waiting.get(record.name) ?? nothing),
    )
  }
  async function detail(record: TargetRecord): Promise<TargetDetail | undefined> {
    const [[target], surveyed] = await Promise.all([present([record]), surveyOf(sql, record.name)])
    const connector = deps.connectors[record.connector]
    return (
      target && {
        ...target,
        capabilities: connector === undefined ? null : capabilitiesOf(connector, record.config, surveyed?.survey),
        survey: surveyed && toTargetSurvey(surveyed),
      }
    )
  }
  function known(c: Context<Env>): TargetRecord {
    const record = targets().find(({ name }) => name === c.req.param('name'))
    if (record === undefined) throw new GatewayError('missing', 'there is no such target')
    return record
  }
  return new Hono<Env>()
    .get('/', may('targets:read'), async (c) => c.json({ items: await present(targets()) }))
    .get('/:name', may('targets:read'), async (c) => c.json(await detail(known(c))))
    .post('/:name/maintenance', may('targets:operate'), async (c) => {
      const record = known(c)
      const { on, reason } = readMaintenance(await c.req.text())
      const by = actorName(actorOf(c))
      const state = await ledger.changeTarget({ target: record.name, event: { type: 'maintenance', on, reason, by }, actor: by })
      if (state === null) throw new GatewayError('missing', 'there is no such target')
      watch.learn(record.name, state)
      if (!on) await hurryParked(sql, record.name)
      return c.json((await present([record]))[0])
    })
}

function readMaintenance(text: string): v.InferOutput<typeof MaintenanceBody> {
  const result = v.safeParse(MaintenanceBody, readJson(text))
  if (result.success) return result.output
  throw new GatewayError('unprocessable', 'maintenance is switched on or off, with a reason of 3 to 500 characters', {
    at: result.issues[0].path?.[0]?.key === 'on' ? '/on' : '/reason',
    hint: 'send {"on": true, "reason": "the directory moves to another host"}',
  })
}

function toTarget(
  record: TargetRecord,
  connectors: TargetRoutesDeps['connectors'],
  state: TargetState,
  { queued, running, oldestMs }: TargetBacklog,
): Target {
  const condition = conditionOf(state)
  const since = state.maintenance?.since ?? state.since
  const { name, connector, onFailure } = record
  const limits = limitsOf(record, connectors)
  const { concurrency, rateLimit } = limits
  return {
    name,
    connector,
    title: connectors[connector]?.title ?? { en: connector, fr: connector },
    onFailure,
    state: condition,
    since: since === 0 ? null : toTime(since),
    until: condition === 'open' && state.retryAt !== null ? toTime(state.retryAt) : null,
    maintenance:
      state.maintenance === null
        ? null
        : { reason: state.maintenance.reason, by: state.maintenance.by, since: toTime(state.maintenance.since) },
    queued,
    running,
    oldestWaitingSeconds: oldestMs === null ? null : Math.round(oldestMs / 1000),
    lastError:
      state.lastCode === null || state.lastFailedAt === null ? null : { code: state.lastCode, at: toTime(state.lastFailedAt) },
    limits: { concurrency: concurrency ?? null, rateLimit: rateLimit ?? null, breaker: breakerOf(limits) },
  }
}

const toTime = (milliseconds: number) => new Date(milliseconds).toISOString()
