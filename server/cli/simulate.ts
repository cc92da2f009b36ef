/**
 * `rules simulate`: tries a rule set on what really came without leaving a trace, here and now: for whoever changes rules, and for their CI,
 * which may do so before the rules are anybody's draft.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { connectors } from '#connectors/index.ts'
import { openDatabase, type Database, type Sql } from '#core/database.ts'
import { GatewayError } from '#core/errors.ts'
import { createNamesFor } from '#core/ledger/names.ts'
import type { Logger } from '#core/log.ts'
import type { SimulationResult, SimulationScope, SimulationTally } from '#core/simulations/simulation.ts'
import { findExtent } from '#core/simulations/store.ts'
import { readSubjects } from '#core/simulations/subjects.ts'
import { readTargets } from '#core/targets.ts'
import {
  addToTally,
  emptyTally,
  openRuleEngine,
  parseRuleSet,
  simulatePage,
  type RuleEngine,
  type SimulationVersions,
  type VersionedRuleSet,
} from '#rules/index.ts'
import { allSurveys } from '../configuration/capabilities.ts'
import { toPlanContext } from '../configuration/plan-context.ts'
import { createLookups } from '../lookups/store.ts'
import { createRuleSets } from '../requests/rule-sets.ts'
import { readRuleHashes, readRuleText } from '../requests/rule-versions.ts'
import { sourcesOf } from '../requests/simulate.ts'
import { isOpen } from '../rules/life.ts'
import { environmentOfThisMachine } from '../standalone/environment.ts'
import { readWords, wrongUsage } from './words.ts'
import {
  failing,
  isFormat,
  isReason,
  reasons,
  toSimulationReport,
  type Reason,
  type ReportedSimulation,
} from './simulation-report.ts'

const pageSize = 250
const everySource = 'all'

interface Wanted {
  readonly subject: string
  readonly version: number | null
  readonly scope: SimulationScope
  readonly format: 'text' | 'json' | 'junit'
  readonly failOn: readonly Reason[]
  readonly output: string | null
}

/** Prints what would change; answers whether nothing did that `--fail-on` names. Throws `bad_request` for wrong usage. */
export async function simulateCommand(args: readonly string[], log: Logger): Promise<boolean> {
  const wanted = readArguments(args)
  const { environment } = environmentOfThisMachine()
  await using database = await openDatabase({ url: environment.DATABASE_URL, name: 'passerelle-cli', poolSize: 4 })
  const { versions, tried } = await findVersions(database.sql, wanted)
  await using engine = await openRuleEngine({ log })
  const simulated = await run(database, engine, versions, wanted.scope)
  const report = { ...simulated, ruleSet: versions.tried.name, tried, against: versions.against.version, scope: wanted.scope }
  const text = toSimulationReport(wanted.format, report, wanted.failOn)
  if (wanted.output === null) console.log(text)
  else writeFileSync(wanted.output, `${text}\n`)
  return !failing(report.tally, wanted.failOn)
}

function readArguments(args: readonly string[]): Wanted {
  const { values, positionals } = readWords(args, options)
  const [subject, ...more] = positionals
  if (subject === undefined || more.length > 0)
    throw wrongUsage('name one rule set, or a file: npm run cli -- rules simulate default --last 1000')
  const { format, last, population, version, output = null } = values
  const failOn = values['fail-on'] ?? ['failing']
  if (!isFormat(format)) throw wrongUsage('--format is one of text, json, junit')
  if (!failOn.every(isReason)) throw wrongUsage(`--fail-on is one of ${reasons.join(', ')}; it may be given several times`)
  if (last !== undefined && population !== undefined) throw wrongUsage('choose either --last or --population')
  const scope: SimulationScope =
    population === undefined
      ? { kind: 'requests', last: toNumber('--last', last ?? '1000') }
      : { kind: 'population', source: population === everySource ? null : population }
  return { subject, version: version === undefined ? null : toNumber('--version', version), scope, format, failOn, output }
}

const text = { type: 'string' } as const
const options = {
  ...{ last: text, population: text, version: text, output: text },
  format: { type: 'string', default: 'text' },
  'fail-on': { type: 'string', multiple: true },
} as const

function toNumber(name: string, text: string): number {
  if (/^[1-9]\d{0,6}$/.test(text)) return Number(text)
  throw wrongUsage(`${name} takes a whole number from 1 on`)
}

interface Found {
  readonly versions: SimulationVersions
  /** How people call what is tried. */
  readonly tried: string
}

/** What is tried is a file, or a version that is in the database; it is held against the version in force of its name. */
async function findVersions(sql: Sql, { subject, version }: Wanted): Promise<Found> {
  const file = /\.(ya?ml|json)$/.test(subject) || existsSync(subject) ? readFile(subject) : null
  const name = file?.name ?? subject
  const known = await readRuleHashes(sql, name)
  const [newest] = known
  if (newest === undefined)
    throw wrongUsage(
      `there is no rule set named ${name} in the database, which ${file === null ? 'could be tried' : `${subject} could be held against`}`,
    )
  const against = await createRuleSets(sql).current(name)
  if (file !== null) return { versions: { against, tried: { ...file, version: newest.version + 1 } }, tried: subject }
  const number = version ?? known.find(({ state }) => isOpen(state))?.version
  if (number === undefined) throw wrongUsage(`nobody works on a version of ${name}: name a file, or a version with --version`)
  const found = await readRuleText(sql, name, number)
  if (found === null)
    throw wrongUsage(`${name} has no version ${number}; there are ${known.map((one) => one.version).join(', ')}`)
  const text = { ...parseRuleSet(found.text, { file: `${name} (version ${number})` }), version: number }
  return { versions: { against, tried: text }, tried: `version ${number}` }
}

function readFile(file: string): Omit<VersionedRuleSet, 'version'> {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (cause) {
    throw new GatewayError('bad_request', `${file} cannot be read`, { cause, hint: 'check the path' })
  }
  return parseRuleSet(text, { file })
}

type Simulated = Pick<ReportedSimulation, 'tally' | 'results' | 'omitted'>

/** What is kept of it: of more than that nobody reads a report. */
const mostReported = 1_000

async function run(
  { sql }: Database,
  engine: RuleEngine,
  versions: SimulationVersions,
  scope: SimulationScope,
): Promise<Simulated> {
  const ruleSet = versions.tried.name
  const sources = await sourcesOf(sql, ruleSet, scope)
  const { total, first } = await findExtent(sql, ruleSet, scope, sources)
  const deps = {
    engine,
    versions,
    context: {
      ...toPlanContext(await readTargets(sql), connectors, await allSurveys(sql)),
      lookups: await createLookups(sql).current(),
    },
    namesFor: createNamesFor(sql),
  }
  let tally: SimulationTally = emptyTally
  const results: SimulationResult[] = []
  let told = 0
  for (let [done, after]: [number, string | null] = [0, null]; first !== null && done < total;) {
    const page = await readSubjects(sql, { ruleSet, scope, sources, first, after, limit: Math.min(pageSize, total - done) })
    const simulated = await simulatePage(deps, page.subjects)
    const reached = page.keys[simulated.length - 1]
    if (reached === undefined) break
    const found = simulated.map(({ result }) => result)
    tally = addToTally(
      tally,
      found,
      simulated.map(({ targets }) => targets),
    )
    const others = found.filter(({ outcome }) => outcome !== 'same')
    told += others.length
    results.push(...others.slice(0, mostReported - results.length))
    done += found.length
    after = reached
    if (process.stderr.isTTY) process.stderr.write(`\r${done} of ${total}${done === total ? '\n' : ''}`)
  }
  return { tally, results, omitted: told - results.length }
}
