/** `targets test`: tries every configured target as a worker would, and names the step that fails. */
import { sealedIds, readTargets, withSecrets } from '#core/targets.ts'
import type { Database } from '#core/database.ts'
import type { Ledger } from '#core/ledger/index.ts'
import type { Logger } from '#core/log.ts'
import type { Connector } from '#connectors/kit/connector.ts'
import { testConnection } from '#connectors/kit/probe.ts'
import * as v from 'valibot'

export interface TestTargetsDeps {
  readonly database: Pick<Database, 'db'>
  readonly ledger: Pick<Ledger, 'openSealed'>
  readonly connectors: Readonly<Record<string, Connector>>
  readonly log: Logger
  /** Only these; all when empty. */
  readonly names: readonly string[]
}

const patienceMs = 30_000

/** Prints one line per check; answers whether all targets passed. */
export async function testTargets({ database, ledger, connectors, log, names }: TestTargetsDeps): Promise<boolean> {
  const records = (await readTargets(database.db)).filter((record) => names.length === 0 || names.includes(record.name))
  if (records.length === 0)
    throw new Error(names.length === 0 ? 'no target is configured' : `no such target: ${names.join(', ')}`)
  let all = true
  for (const record of records) {
    const connector = connectors[record.connector]
    if (connector === undefined) throw new Error(`target ${record.name} names an unknown connector: ${record.connector}`)
    const config = v.parse(connector.config, withSecrets(record.config, await ledger.openSealed(sealedIds(record.config))))
    await using connection = connector.connect(config, { target: record.name, log })
    const report = await testConnection(connection, AbortSignal.timeout(patienceMs))
    console.log(`${report.ok ? '✓' : '✕'} ${record.name} (${record.connector})`)
    for (const check of report.checks)
      console.log(
        `    ${check.ok ? '✓' : '✕'} ${check.check.padEnd(7)} ${check.message}${check.hint === undefined ? '' : ` — ${check.hint}`}`,
      )
    all &&= report.ok
  }
  return all
}
