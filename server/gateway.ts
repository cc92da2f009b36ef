/** A server process's inside: everything that answers HTTP, wired together. */
import { existsSync } from 'node:fs'
import type { Server } from 'node:http'
import type { Connector } from '#connectors/kit/connector.ts'
import { openTargets } from '#connectors/open-targets.ts'
import { openCache } from '#core/cache.ts'
import { createCrashPoint } from '#core/crash-points.ts'
import { ledgerConnections, readingConnections, requireCapacity } from '#core/capacity.ts'
import { openDatabase, type Database } from '#core/database.ts'
import type { Environment } from '#core/environment.ts'
import { openLedger, type Ledger } from '#core/ledger/index.ts'
import { readOldestWaiting } from '#core/ledger/target-backlog.ts'
import type { Logger } from '#core/log.ts'
import { openQueues } from '#core/queues.ts'
import { openProcessSigns } from '#core/process-signs.ts'
import { createSealer, type Sealer } from '#core/sealing.ts'
import { conditionOf } from '#core/target-state.ts'
import { configurationChannel } from '#core/targets.ts'
import { openTargetWatch, type TargetWatch } from '#core/target-watch.ts'
import { openRuleEngine } from '#rules/index.ts'
import { createApi } from './api/app.ts'
import { createSessions } from './auth/sessions.ts'
import { createClosing } from './closing.ts'
import { openConfigured, type Configured } from './configuration/configured.ts'
import { apiSymbol, createDispatcher, type DashboardHandler } from './dispatcher.ts'
import { adapters } from './inbound/index.ts'
import { createAdmission } from './requests/admission.ts'
import { createAgain } from './requests/again.ts'
import { openDepartures } from './requests/departures.ts'
import { createExplain } from './requests/explain.ts'
import { openLive } from './requests/live.ts'
import { createNameCheck } from './requests/name-check.ts'
import { createTargetSessions } from './requests/target-sessions.ts'
import { createPresenter } from './requests/present.ts'
import { createPlanning } from './requests/planning.ts'
import { openReplanner } from './requests/replan.ts'
import { createRequestSecrets } from './requests/secrets.ts'
import { createSubmissions } from './requests/submit.ts'
import { createReconciliations } from './reconciliations/reconciliations.ts'
import { createRules } from './rules/rules.ts'
import { openSchedule } from './rules/schedule.ts'
import { createTypedReadings } from './typed-readings.ts'

export interface Gateway extends AsyncDisposable {
  readonly server: Server
  readonly engine: string
  /** Every route of the API, so that a test can walk them all. */
  readonly routes: readonly { readonly method: string; readonly path: string }[]
}

export interface GatewayOptions {
  readonly environment: Environment
  readonly connectors: Readonly<Record<string, Connector>>
  readonly log: Logger
}

/** What the queues' board takes at most where the queues live in PostgreSQL. */
const boardConnections = 15

/** Everything but listening. The database is migrated and the configuration applied by then. */
export async function openGateway(options: GatewayOptions): Promise<Gateway> {
  const { environment, connectors, log } = options
  const stack = new AsyncDisposableStack()
  try {
    const database = stack.use(await openDatabase({ url: environment.DATABASE_URL, name: 'passerelle-server' }))
    const { sql } = database
    const db = createTypedReadings(database)
    const sealer = createSealer(environment.PASSERELLE_KEY)
    const ledger = openLedger({ database, sealer, log })
    const { REDIS_URL: redisUrl, DATABASE_URL: databaseUrl } = environment
    await requireCapacity(sql, 'server', ledgerConnections + readingConnections + (redisUrl === undefined ? boardConnections : 0))
    const queues = stack.use(await openQueues({ redisUrl, databaseUrl, log, poolSize: boardConnections }))
    const watch = stack.use(await openTargetWatch({ sql, log }))
    const live = stack.use(await openLive(sql))

    const configured = await openConfigured({ database, connectors, log })
    const requests = await openRequests(options, { database, sealer, ledger, watch, configured }, stack)
    const rules = stack.use(createRules({ sql, ledger, log, ...configured }))
    stack.use(openSchedule({ publishing: rules.publishing, log }))
    let isOpen = true
    const admission = createAdmission({
      oldest: () => readOldestWaiting(sql, parkedNow(watch)),
      boundMs: environment.ADMISSION_BACKLOG_SECONDS * 1000,
    })
    const api = createApi({
      sql,
      db,
      ledger,
      queues,
      live,
      watch,
      admission,
      log,
      adapters,
      connectors,
      ...configured,
      ...requests,
      metricsToken: environment.METRICS_TOKEN,
      rules,
      isOpen: () => isOpen,
      sessions: createSessions(sql),
      explain: createExplain({ sql, engine: rules.workbench.engine, ...configured }),
      presenter: createPresenter(db, sql, configured.targets, watch),
    })
    const dashboard = await loadDashboard(api.fetch, log)
    const server = createDispatcher(api.fetch, dashboard, environment.PUBLIC_URL)
    const close = createClosing(server, live, environment.SERVER_DRAIN_SECONDS * 1000)
    stack.defer(async () => {
      isOpen = false
      await close()
    })
    return { server, engine: queues.engine, routes: api.routes, [Symbol.asyncDispose]: () => stack.disposeAsync() }
  } catch (error) {
    await stack.disposeAsync()
    throw error
  }
}

interface RequestParts {
  readonly database: Database
  readonly sealer: Sealer
  readonly ledger: Ledger
  readonly watch: TargetWatch
  readonly configured: Configured
}

/**
 * What becomes of changes before workers have them: planned (by the rules in their sandbox, and by what targets say of names that rules make
 * up), accepted, planned again, and those that the gateway itself asks for.
 */
async function openRequests(
  { environment, connectors, log }: GatewayOptions,
  { database, sealer, ledger, watch, configured }: RequestParts,
  stack: AsyncDisposableStack,
) {
  const { sql } = database
  const engine = stack.use(await openRuleEngine({ log, size: environment.SANDBOX_SIZE }))
  const cache = stack.use(await openCache({ redisUrl: environment.REDIS_URL, sql, sealer, log }))
  stack.use(await openProcessSigns({ sql, part: 'server', cache, log }))
  const open = () => openTargets({ database, ledger, connectors, log, cache })
  const sessions = stack.use(createTargetSessions(open, log))
  await sql.listen(configurationChannel, () => sessions.refresh())
  const deadlineMs = environment.NAME_CHECK_MS
  const nameCheck = createNameCheck({ targets: sessions, parked: () => parkedNow(watch), log, deadlineMs })
  const planning = createPlanning({ ledger, sql, engine, nameCheck, ...configured })
  const secrets = createRequestSecrets(sealer)
  stack.use(await openReplanner({ sql, ledger, planning, secrets, log }))
  const crashPoint = createCrashPoint(environment.CRASH_AT)
  const submissions = createSubmissions({ ledger, sql, sealer, planning, crashPoint })
  stack.use(openDepartures({ sql, ledger, planning, submissions, sources: configured.sources, log, crashPoint }))
  const reconciliations = createReconciliations({ sql, ledger, sessions, submissions, sources: configured.sources, watch })
  return {
    planning,
    submissions,
    reconciliations,
    again: createAgain({ sql, ledger, planning, secrets }),
    targetSessions: sessions,
    cache,
  }
}

/** Targets that nobody may call now. */
function parkedNow(watch: TargetWatch): readonly string[] {
  return watch
    .rows()
    .filter(({ state }) => conditionOf(state) !== 'ok')
    .map(({ target }) => target)
}

/** The built dashboard, or null for a server without one (an API-only image, a test). */
async function loadDashboard(
  fetch: (request: Request) => Response | Promise<Response>,
  log: Logger,
): Promise<DashboardHandler | null> {
  const built = new URL('../dashboard/build/handler.js', import.meta.url)
  if (!existsSync(built)) {
    log.warn('the dashboard is not built; only the API is served')
    return null
  }
  Object.assign(globalThis, { [apiSymbol]: (request: Request) => fetch(request) })
  // SvelteKit reads these when it is loaded; the dispatcher sets the headers on every request.
  process.env.PROTOCOL_HEADER = 'x-forwarded-proto'
  process.env.HOST_HEADER = 'x-forwarded-host'
  const { handler } = (await import(built.href)) as { handler: DashboardHandler }
  return handler
}
