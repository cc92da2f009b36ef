/** The HTTP API: middlewares, routes, and the one place where errors become answers. */
import { Hono } from 'hono'
import { requestId } from 'hono/request-id'
import { secureHeaders } from 'hono/secure-headers'
import { GatewayError } from '#core/errors.ts'
import type { Logger } from '#core/log.ts'
import type { Credentials } from '../auth/credentials.ts'
import type { Sessions } from '../auth/sessions.ts'
import { queuesBoard, type QueuesBoardDeps } from '../queues-board.ts'
import { approvalRoutes, type ApprovalRoutesDeps } from './approvals.ts'
import { authenticate, may, type Env } from './context.ts'
import { delegationRoutes, type DelegationRoutesDeps } from './delegations.ts'
import { departureRoutes, type DepartureRoutesDeps } from './departures.ts'
import { descriptionRoutes } from './description/routes.ts'
import { explainRoutes, type ExplainRoutesDeps } from './explain.ts'
import { eventRoutes, type EventRoutesDeps } from './events.ts'
import { healthRoutes, type HealthDeps } from './health.ts'
import { limitBodies } from './body-limit.ts'
import { lookupRoutes, type LookupRoutesDeps } from './lookups.ts'
import { metricsRoutes, type MetricsDeps } from './metrics.ts'
import { notificationRoutes, type NotificationRoutesDeps } from './notifications.ts'
import { createErrorHandler } from './problem.ts'
import { inboundRoutes, requestRoutes, type RequestRoutesDeps } from './requests.ts'
import { resolveRoutes, type ResolveRoutesDeps } from './resolve.ts'
import { findingRoutes, reconciliationRoutes, type ReconciliationRoutesDeps } from './reconciliations.ts'
import { ruleRoutes, type RuleRoutesDeps } from './rules.ts'
import { safetyRoutes, type SafetyRoutesDeps } from './safety.ts'
import { sessionRoutes } from './session.ts'
import { ruleSimulationRoutes, simulationRoutes, type SimulationRoutesDeps } from './simulations.ts'
import { connectorRoutes, targetSettingsRoutes, type TargetSettingsDeps } from './target-settings.ts'
import { targetRoutes, type TargetRoutesDeps } from './targets.ts'

export interface ApiDeps
  extends
    RequestRoutesDeps,
    ResolveRoutesDeps,
    RuleRoutesDeps,
    TargetRoutesDeps,
    TargetSettingsDeps,
    Pick<MetricsDeps, 'metricsToken'>,
    ReconciliationRoutesDeps,
    SafetyRoutesDeps,
    SimulationRoutesDeps,
    ExplainRoutesDeps,
    HealthDeps,
    LookupRoutesDeps {
  readonly lookups: LookupRoutesDeps['lookups']
  readonly credentials: Credentials
  readonly sessions: Sessions
  readonly ledger: ResolveRoutesDeps['ledger'] &
    ApprovalRoutesDeps['ledger'] &
    DelegationRoutesDeps['ledger'] &
    NotificationRoutesDeps['ledger'] &
    DepartureRoutesDeps['ledger'] &
    QueuesBoardDeps['ledger'] &
    TargetRoutesDeps['ledger'] &
    LookupRoutesDeps['ledger'] &
    SimulationRoutesDeps['ledger']
  readonly watch: TargetRoutesDeps['watch'] & EventRoutesDeps['watch']
  readonly queues: QueuesBoardDeps['queues']
  readonly log: Logger
}

const largestBody = 256 * 1024

export function createApi(deps: ApiDeps) {
  const api = new Hono<Env>()
    .use(limitBodies(largestBody))
    .route('/', descriptionRoutes())
    .route('/requests', requestRoutes(deps))
    .route('/requests', resolveRoutes(deps))
    .route('/requests', explainRoutes(deps))
    .route('/rules', ruleSimulationRoutes(deps))
    .route('/simulations', simulationRoutes(deps))
    .route('/approvals', approvalRoutes(deps))
    .route('/delegations', delegationRoutes(deps))
    .route('/notifications', notificationRoutes(deps))
    .route('/departures', departureRoutes(deps))
    .route('/safety', safetyRoutes(deps))
    .route('/inbound', inboundRoutes(deps))
    .route('/events', eventRoutes(deps))
    .route('/rules', ruleRoutes(deps))
    .route('/session', sessionRoutes(deps))
    .route('/targets', targetRoutes(deps))
    .route('/targets', targetSettingsRoutes(deps))
    .route('/connectors', connectorRoutes(deps))
    .route('/reconciliations', reconciliationRoutes(deps))
    .route('/findings', findingRoutes(deps))
    .route('/lookups', lookupRoutes(deps))

  return new Hono<Env>()
    .use(requestId())
    .route('/', healthRoutes(deps))
    .use(secureHeaders({ xFrameOptions: 'DENY' }))
    .route('/', metricsRoutes(deps))
    .use(authenticate(deps))
    .get('/queues/', may('queues:read'), (c) => c.redirect('/queues'))
    .route(
      '/queues',
      queuesBoard({
        queues: deps.queues,
        ledger: deps.ledger,
        retry: deps.again,
        sql: deps.sql,
        log: deps.log,
        targets: () => deps.targets().map((target) => target.name),
      }),
    )
    .route('/api/v1', api)
    .notFound(() => {
      throw new GatewayError('missing', 'there is nothing at this address')
    })
    .onError(createErrorHandler(deps.log))
}
