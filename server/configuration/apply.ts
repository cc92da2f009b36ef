/**
 * Applying the configuration: what differs from the database is written, what does not is left alone, so that applying twice
 * changes nothing. A rule set whose file changed becomes a new version; requests keep the version they were planned with.
 */
import { isDeepStrictEqual } from 'node:util'
import { hash, verify } from '@node-rs/argon2'
import type * as v from 'valibot'
import type { Connector } from '#connectors/kit/connector.ts'
import { asRows, type Sql, type Tx } from '#core/database.ts'
import type { Ledger } from '#core/ledger/index.ts'
import type { Logger } from '#core/log.ts'
import type { Sealer } from '#core/sealing.ts'
import { configurationChannel, sealedIds, withSecrets } from '#core/targets.ts'
import { uuidv7 } from '#core/uuid.ts'
import { hashTable, toLookupTable, type LookupTables } from '#rules/index.ts'
import { hashApiKey } from '../auth/credentials.ts'
import { createLookups } from '../lookups/store.ts'
import { applyRuleSets, checkRuleSets } from '../rules/configured.ts'
import { toLimits } from './limits.ts'
import { toSchedule } from './reconcile.ts'
import type { LoadedConfiguration, LoadedLookup } from './read.ts'
import { applyWebhook } from './webhooks.ts'

export interface ApplyDeps {
  readonly sql: Sql
  readonly sealer: Sealer
  readonly ledger: Pick<Ledger, 'openSealed' | 'record' | 'change' | 'changeLookup'>
  readonly connectors: Readonly<Record<string, Connector>>
  readonly log: Logger
}

/** Returns what was changed, in words such as `target directory`; empty when everything was as configured. */
export async function applyConfiguration(configuration: LoadedConfiguration, deps: ApplyDeps): Promise<readonly string[]> {
  const { sql } = deps
  const { ruleSets } = configuration
  const checks = await checkRuleSets(ruleSets, {
    ...deps,
    targets: Object.keys(configuration.targets),
    lookups: await tablesOf(configuration, sql),
  })
  const changed: string[] = []
  for (const lookup of configuration.lookups) if (await applyLookup(deps, lookup)) changed.push(`lookup table ${lookup.name}`)
  changed.push(...(await applyRuleSets(ruleSets, checks, deps.ledger)))
  for (const [name, target] of Object.entries(configuration.targets))
    if (await applyTarget(deps, name, target)) changed.push(`target ${name}`)
  for (const [name, source] of Object.entries(configuration.sources)) {
    const isChanged = await applySource(sql, name, source)
    if ((await applyWebhook(deps, name, source.webhook)) || isChanged) changed.push(`source ${name}`)
  }
  changed.push(...(await removeOthers(sql, configuration)))
  if (changed.length === 0) return changed
  await deps.ledger.record({
    action: 'configured',
    actor: 'configuration',
    detail: { changed: changed.join(', ').slice(0, 500) },
  })
  await sql`select pg_notify(${configurationChannel}, '')`
  return changed
}

/** The lookup tables as they will be: those of the configuration, and those that only the database holds. */
async function tablesOf({ lookups }: LoadedConfiguration, sql: Sql): Promise<LookupTables> {
  const configured = lookups.map(({ name, rows, fallback }) => [name, toLookupTable({ rows, fallback }, 0)] as const)
  return { ...(await createLookups(sql).current()), ...Object.fromEntries(configured) }
}

async function applyLookup({ ledger }: ApplyDeps, lookup: LoadedLookup): Promise<boolean> {
  const change = { ...lookup, hash: hashTable(lookup), actor: 'configuration', base: 'configuration' } as const
  return (await ledger.changeLookup(change)).outcome === 'saved'
}

type Target = LoadedConfiguration['targets'][string]

async function applyTarget({ sql, sealer, ledger, connectors }: ApplyDeps, name: string, target: Target): Promise<boolean> {
  const [known] = await sql<
    { connector: string; config: unknown; on_failure: string; limits: unknown; reconcile: unknown }[]
  >`select connector, config, on_failure, limits, reconcile from target where name = ${name}`
  const clear = known === undefined ? undefined : withSecrets(known.config, await ledger.openSealed(sealedIds(known.config)))
  const [limits, reconcile] = [toLimits(target), toSchedule(target.reconcile)]
  const isSame =
    known?.connector === target.connector &&
    known.on_failure === target.onFailure &&
    isDeepStrictEqual([known.limits, known.reconcile], [limits, reconcile])
  if (isSame && isDeepStrictEqual(clear, target.config)) return false
  const connector = connectors[target.connector]
  return sql.begin(async (tx) => {
    const secrets = new Set(connector === undefined ? [] : secretNames(connector.config))
    const entries = await Promise.all(
      Object.entries(target.config).map(
        async ([key, value]) =>
          [key, secrets.has(key) && typeof value === 'string' ? { $sealed: await seal(tx, sealer, value) } : value] as const,
      ),
    )
    const config = asRows(tx, Object.fromEntries(entries) as never)
    await tx`
      insert into target (name, connector, config, on_failure, limits, reconcile)
      values (${name}, ${target.connector}, ${config}, ${target.onFailure}, ${asRows(tx, limits as never)}, ${reconcile === null ? null : asRows(tx, reconcile as never)})
      on conflict (name) do update set connector = excluded.connector, config = excluded.config, on_failure = excluded.on_failure, limits = excluded.limits,
        reconcile = excluded.reconcile, revision = target.revision + 1, updated_at = now()`
    await tx`delete from sealed where id = any(${sealedIds(known?.config)}::uuid[])`
    return true
  })
}

async function seal(tx: Tx, sealer: Sealer, value: string): Promise<string> {
  const id = uuidv7()
  await tx`insert into sealed (id, purpose, data) values (${id}, 'target|config', ${sealer.seal(`target|config|${id}`, value)})`
  return id
}

type Source = LoadedConfiguration['sources'][string]

async function applySource(sql: Sql, name: string, source: Source): Promise<boolean> {
  const [known] = await sql<{ rule_set: string; settings: unknown }[]>`select rule_set, settings from source where name = ${name}`
  const settings = settingsOf(source)
  const credentials = await sql<
    { kind: string; login: string; hash: string }[]
  >`select kind, login, hash from source_credential where source = ${name}`
  const isSame =
    credentials.length === source.credentials.length &&
    (await Promise.all(source.credentials.map((wanted) => isKnown(wanted, credentials)))).every(Boolean)
  if (known?.rule_set === source.ruleSet && isDeepStrictEqual(known.settings, settings) && isSame) return false
  const rows = await Promise.all(source.credentials.map(toRow))
  await sql.begin(async (tx) => {
    await tx`insert into source (name, adapter, rule_set, settings) values (${name}, 'any', ${source.ruleSet}, ${tx.json(settings)})
      on conflict (name) do update set rule_set = excluded.rule_set, settings = excluded.settings, updated_at = now()`
    await tx`delete from source_credential where source = ${name}`
    for (const row of rows) await tx`insert into source_credential ${tx({ source: name, ...row })}`
  })
  return true
}

/** What the source's adapter is told; see `SourceSettings` of the requests. */
function settingsOf({ identifiers, objectTypes }: Source): { identifiers?: string[]; objectTypes?: string[] } {
  return { ...(identifiers === undefined ? {} : { identifiers }), ...(objectTypes === undefined ? {} : { objectTypes }) }
}

type Credential = Source['credentials'][number]

async function isKnown(wanted: Credential, stored: readonly { kind: string; login: string; hash: string }[]): Promise<boolean> {
  if ('apiKey' in wanted) return stored.some((row) => row.kind === 'api_key' && row.login === hashApiKey(wanted.apiKey))
  const row = stored.find((other) => other.kind === 'basic' && other.login === wanted.basic.user)
  return row !== undefined && verify(row.hash, wanted.basic.password)
}

async function toRow(credential: Credential): Promise<{ kind: string; login: string; hash: string }> {
  if ('basic' in credential) return { kind: 'basic', login: credential.basic.user, hash: await hash(credential.basic.password) }
  const digest = hashApiKey(credential.apiKey)
  return { kind: 'api_key', login: digest, hash: digest }
}

/** What the configuration no longer names is closed: a source's credentials at once, a target for new plans. */
async function removeOthers(sql: Sql, { sources, targets }: LoadedConfiguration): Promise<readonly string[]> {
  const closed = await sql<
    { source: string }[]
  >`delete from source_credential where not source = any(${Object.keys(sources)}) returning source`
  await sql`
    with closed as (delete from source_webhook where not source = any(${Object.keys(sources)}) returning secret)
    delete from sealed using closed where sealed.id = closed.secret`
  const gone = await sql<{ name: string }[]>`
    delete from target where not name = any(${Object.keys(targets)})
      and not exists (select from step where step.target = target.name and step.state in ('pending', 'running', 'unknown', 'undoing', 'applied')
        and exists (select from request where request.id = step.request_id and request.state in ('received', 'awaiting_approval', 'queued', 'running', 'rolling_back')))
    returning name`
  return [...new Set(closed.map((row) => `source ${row.source} closed`)), ...gone.map((row) => `target ${row.name} removed`)]
}

/** The names of a connector's settings that hold secrets: those that its schema marks so. */
export function secretNames(schema: v.GenericSchema): readonly string[] {
  const entries = 'entries' in schema ? (schema.entries as Record<string, v.GenericSchema>) : {}
  return Object.keys(entries).filter((name) => isSecret(entries[name]))
}

function isSecret(schema: unknown): boolean {
  if (typeof schema !== 'object' || schema === null) return false
  if ('metadata' in schema && (schema.metadata as { secret?: unknown }).secret === true) return true
  if ('pipe' in schema && Array.isArray(schema.pipe) && schema.pipe.some((part) => part !== schema && isSecret(part))) return true
  return 'wrapped' in schema && isSecret(schema.wrapped)
}
