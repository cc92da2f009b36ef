/** `targets test`: tries every configured target as a worker would, and names the step that fails. */
import { createLocalCache } from '#core/cache.ts'
import { readTargets } from '#core/targets.ts'
import type { Database } from '#core/database.ts'
import type { Ledger } from '#core/ledger/index.ts'
import type { Logger } from '#core/log.ts'
import type { Connector, Survey } from '#connectors/kit/connector.ts'
import { openTargets } from '#connectors/open-targets.ts'
import { surveyTarget } from '#connectors/survey-target.ts'
import { createRuleSets } from '../requests/rule-sets.ts'
import { mappedAttributes } from '../rules/mapped.ts'

export interface TestTargetsDeps {
  readonly database: Pick<Database, 'sql'>
  readonly ledger: Pick<Ledger, 'openSealed'>
  readonly connectors: Readonly<Record<string, Connector>>
  readonly log: Logger
  /** Only these; all when empty. */
  readonly names: readonly string[]
}

const patienceMs = 30_000

/** Prints one line per check; answers whether all targets passed. */
export async function testTargets({ database, ledger, connectors, log, names }: TestTargetsDeps): Promise<boolean> {
  const isNamed = ({ name }: { readonly name: string }) => names.length === 0 || names.includes(name)
  await using targets = await openTargets({ database, ledger, connectors, log, cache: createLocalCache(), serves: isNamed })
  if (targets.names.length === 0)
    throw new Error(names.length === 0 ? 'no target is configured' : `no such target: ${names.join(', ')}`)
  const kinds = new Map((await readTargets(database.sql)).map(({ name, connector }) => [name, connector]))
  const ruleSets = await createRuleSets(database.sql).inForce()
  let all = true
  for (const name of targets.names) {
    const report = await targets.test(name, AbortSignal.timeout(patienceMs), mappedAttributes(ruleSets, name))
    console.log(`${report.ok ? '✓' : '✕'} ${name} (${kinds.get(name)})`)
    for (const check of report.checks)
      console.log(
        `    ${check.ok ? '✓' : '✕'} ${check.check.padEnd(7)} ${check.message}${check.hint === undefined ? '' : ` — ${check.hint}`}`,
      )
    if (report.ok) tell(await surveyTarget({ targets, sql: database.sql, log }, name, AbortSignal.timeout(patienceMs)))
    all &&= report.ok
  }
  return all
}

/** What the target says of itself, and when what the gateway logs in with ends. */
function tell(survey: Survey | null): void {
  if (survey === null) return
  const end = survey.secretEndsAt === null ? [] : [`what the gateway logs in with ends on ${survey.secretEndsAt.slice(0, 10)}`]
  for (const line of [...(survey.system === null ? [] : [survey.system]), ...survey.facts.map(({ en }) => en), ...end])
    console.log(`    · ${line}`)
}
