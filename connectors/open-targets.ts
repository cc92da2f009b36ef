/**
 * Configured targets, for whoever calls them: one live connection each, opened on first use. Open them anew when the
 * configuration changes.
 */
import * as v from 'valibot'
import { GatewayError } from '#core/errors.ts'
import { createLocalCache, type Cache } from '#core/cache.ts'
import type { Database } from '#core/database.ts'
import type { Ledger } from '#core/ledger/index.ts'
import type { Logger } from '#core/log.ts'
import type { ReconcileSchedule } from '#core/reconciliations/reconciliation.ts'
import type { TargetLimits } from '#core/target-limits.ts'
import { readTargets, sealedIds, withSecrets, type TargetRecord } from '#core/targets.ts'
import type { AccountSchema, Connection, ConnectionReport, Connector, Driver, Survey } from './kit/connector.ts'
import { limitsOf } from './kit/limits.ts'
import { testConnection } from './kit/probe.ts'

export interface OpenTargets extends AsyncDisposable {
  readonly names: readonly string[]
  /** A driver for one job. Throws `config` for a target that is not configured (any more). */
  open(target: string, signal: AbortSignal): Promise<Driver>
  deadlineMs(target: string): number
  /** As configured, and as its kind of system is known to need where the configuration says nothing. */
  limits(target: string): TargetLimits
  /**
   * Tries the target step by step, over a connection of its own, and whether these attributes can be written. Throws `config` for one whose settings are not
   * as its connector needs them.
   */
  test(target: string, signal: AbortSignal, mapped: readonly string[]): Promise<ConnectionReport>
  /** What the target says of its attributes now. Throws what its connector throws. */
  discover(target: string, signal: AbortSignal): Promise<AccountSchema>
  /** What the target says of itself now, and under which revision of its configuration; null where its kind has nothing to say. Throws like `discover`. */
  survey(target: string, signal: AbortSignal): Promise<{ readonly revision: number; readonly survey: Survey | null }>
  /** When it is reconciled by itself; null: when a person asks. */
  schedule(target: string): ReconcileSchedule | null
  /** Milliseconds after which a lost call is over in the target. */
  settlesWithinMs(target: string): Promise<number>
}

export interface OpenTargetsOptions {
  readonly database: Pick<Database, 'sql'>
  readonly ledger: Pick<Ledger, 'openSealed'>
  readonly connectors: Readonly<Record<string, Connector>>
  readonly log: Logger
  readonly cache: Pick<Cache, 'forTarget'>
  /** Only these; all when absent. */
  readonly serves?: (target: TargetRecord) => boolean
}

interface LiveTarget {
  readonly connector: Connector
  readonly connection: Connection
  /** Of the configuration that it was opened with. */
  readonly revision: number
}

export async function openTargets(options: OpenTargetsOptions): Promise<OpenTargets> {
  const { database, ledger, connectors, log, cache, serves = () => true } = options
  const records = (await readTargets(database.sql)).filter(serves)
  const live = new Map<string, Promise<LiveTarget>>()

  async function connect(record: TargetRecord, kept: Pick<Cache, 'forTarget'> = cache): Promise<LiveTarget> {
    const connector = connectors[record.connector]
    if (connector === undefined)
      throw new GatewayError('config', `target ${record.name} names an unknown connector: ${record.connector}`)
    const clear = await ledger.openSealed(sealedIds(record.config))
    const config = v.safeParse(connector.config, withSecrets(record.config, clear))
    if (!config.success) throw new GatewayError('config', `target ${record.name}: ${describe(config.issues)}`)
    return {
      connector,
      revision: record.revision,
      connection: connector.connect(config.output, {
        target: record.name,
        log: log.child({ target: record.name }),
        cache: kept.forTarget(record.name, record.revision),
      }),
    }
  }

  const configured = (name: string) => records.find((other) => other.name === name)
  function recordOf(name: string): TargetRecord {
    const record = configured(name)
    if (record === undefined) throw new GatewayError('config', `target ${name} is not configured`)
    return record
  }

  function connected(name: string): Promise<LiveTarget> {
    const known = live.get(name)
    if (known !== undefined) return known
    const opening = connect(recordOf(name))
    live.set(name, opening)
    opening.catch(() => live.delete(name))
    return opening
  }

  return {
    names: records.map((record) => record.name),
    async open(name, signal) {
      const { connection } = await connected(name)
      return connection.open({ signal })
    },
    deadlineMs(name) {
      const record = configured(name)
      return (record && connectors[record.connector]?.capabilities.deadlineMs) ?? 60_000
    },
    limits: (name) => limitsOf(configured(name), connectors),
    ...trying(async (name) => connect(recordOf(name), createLocalCache())),
    schedule: (name) => configured(name)?.reconcile ?? null,
    async settlesWithinMs(name) {
      const { connector, connection } = await connected(name)
      return connection.settlesWithinMs ?? connector.capabilities.deadlineMs
    },
    async [Symbol.asyncDispose]() {
      const opened = await Promise.allSettled(live.values())
      await Promise.all(
        opened.flatMap((target) => (target.status === 'fulfilled' ? [target.value.connection[Symbol.asyncDispose]()] : [])),
      )
    },
  }
}

/** Over a connection of its own, and without what was kept: what counts is what the target says now. */
function trying(connect: (name: string) => Promise<LiveTarget>): Pick<OpenTargets, 'test' | 'discover' | 'survey'> {
  return {
    async test(name, signal, mapped) {
      await using connection = (await connect(name)).connection
      return await testConnection(connection, signal, mapped)
    },
    async discover(name, signal) {
      await using connection = (await connect(name)).connection
      await using driver = await connection.open({ signal })
      return await driver.discoverSchema()
    },
    async survey(name, signal) {
      const { connection, revision } = await connect(name)
      await using _ending = connection
      await using driver = await connection.open({ signal })
      return { revision, survey: (await driver.survey?.()) ?? null }
    },
  }
}

/** What is wrong with a configuration, without quoting its values. */
function describe(issues: readonly v.BaseIssue<unknown>[]): string {
  return issues
    .map((issue) => `${v.getDotPath(issue) ?? 'config'} is not as expected (${issue.expected ?? issue.type})`)
    .join('; ')
}
