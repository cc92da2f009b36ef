/** Begins simulations: finds both versions, holds them to what they must be, and writes down all that the run depends on. */
import type { Sql } from '#core/database.ts'
import { GatewayError } from '#core/errors.ts'
import type { Ledger } from '#core/ledger/index.ts'
import type { PlanContext, SimulationScope } from '#core/simulations/simulation.ts'
import { createSimulation } from '#core/simulations/store.ts'
import { uuidv7 } from '#core/uuid.ts'
import { emptyTally, parseRuleSet, tablesOf, type RuleSet } from '#rules/index.ts'
import type { Lookups } from '../lookups/store.ts'
import { inForce, readRuleHashes, readRuleText, type RuleText } from './rule-versions.ts'

export interface BeginDeps {
  readonly sql: Sql
  readonly ledger: Pick<Ledger, 'record'>
  readonly lookups: Pick<Lookups, 'current'>
  readonly planContext: () => PlanContext
}

export interface Begun {
  readonly ruleSet: string
  readonly version: number
  readonly scope: SimulationScope
  readonly by: string
}

/**
 * Answers its id. Throws `missing` for an unknown rule set or version, `unprocessable` for a version that has problems, for a source that does not
 * use the rule set and when there is nothing to try it on, and `conflict` when too many are under way.
 */
export async function beginSimulation({ sql, ledger, lookups, planContext }: BeginDeps, begun: Begun): Promise<string> {
  const { ruleSet, version, scope, by } = begun
  const versions = await readRuleHashes(sql, ruleSet)
  if (versions.length === 0) throw new GatewayError('missing', 'there is no such rule set')
  const current = await readRuleText(sql, ruleSet, inForce(versions) ?? 0)
  if (current === null)
    throw new GatewayError(
      'unprocessable',
      'no version of this rule set is in force, so that there is nothing to hold this one against',
      {
        hint: 'try it with its cases, and on people with a preview',
      },
    )
  const tried = await readRuleText(sql, ruleSet, version)
  if (tried === null) throw new GatewayError('missing', `the rule set ${ruleSet} has no version ${version}`, { at: '/version' })
  const read = (one: RuleText) => parseRuleSet(one.text, { file: `${ruleSet} (version ${one.version})` })
  const both = [read(tried), read(current)]
  const id = uuidv7()
  await createSimulation(sql, {
    id,
    ruleSet,
    version,
    text: tried.text,
    against: current.version,
    againstText: current.text,
    scope,
    sources: await sourcesOf(sql, ruleSet, scope),
    targets: [...new Set(both.flatMap(({ targets }) => Object.keys(targets)))].toSorted(),
    context: { ...planContext(), lookups: await versionsOf(lookups, both) },
    tally: emptyTally,
    by,
  })
  const detail = { simulation: id, ruleSet, version, against: current.version, scope: scope.kind }
  await ledger.record({ action: 'simulation_started', actor: by, detail })
  return id
}

/** The tables in force that either of the rule sets reads. */
async function versionsOf(
  lookups: Pick<Lookups, 'current'>,
  ruleSets: readonly RuleSet[],
): Promise<Readonly<Record<string, number>>> {
  const read = new Set(ruleSets.flatMap(tablesOf))
  return Object.fromEntries(
    Object.entries(await lookups.current()).flatMap(([name, { version }]) => (read.has(name) ? [[name, version] as const] : [])),
  )
}

/** Whose identities a population is; none for requests, which name their rule set. */
export async function sourcesOf(sql: Sql, ruleSet: string, scope: SimulationScope): Promise<readonly string[]> {
  if (scope.kind === 'requests') return []
  const rows = await sql<{ name: string }[]>`select name from source where rule_set = ${ruleSet} order by name`
  const names = rows.map(({ name }) => name)
  if (scope.source === null) return names
  if (names.includes(scope.source)) return [scope.source]
  throw new GatewayError('unprocessable', 'this source does not use the rule set', {
    at: '/scope/source',
    hint: names.length === 0 ? 'no source uses it' : `those that do: ${names.join(', ')}`,
  })
}
