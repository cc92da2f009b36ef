/** What a simulation came to, for people, for programs and for CI servers. */
import type {
  SimulationChange,
  SimulationCounts,
  SimulationResult,
  SimulationScope,
  SimulationTally,
} from '#core/simulations/simulation.ts'
import { toReport } from '#rules/index.ts'

export interface ReportedSimulation {
  readonly ruleSet: string
  /** A file, or `version 2`. */
  readonly tried: string
  /** The version in force. */
  readonly against: number
  readonly scope: SimulationScope
  readonly tally: SimulationTally
  /** What is not the same. */
  readonly results: readonly SimulationResult[]
  /** How many more of them there are. */
  readonly omitted: number
}

/** What may make a simulation red. */
export const reasons = ['changed', 'failing', 'created', 'disabled', 'deleted'] as const
export type Reason = (typeof reasons)[number]
export const isReason = (text: string): text is Reason => reasons.some((reason) => reason === text)

type Format = 'text' | 'json' | 'junit'
export const isFormat = (text: string): text is Format => text === 'text' || text === 'json' || text === 'junit'

export function failing({ counts }: SimulationTally, failOn: readonly Reason[]): boolean {
  return failOn.some((reason) => counts[reason] > 0)
}

export function toSimulationReport(format: Format, simulation: ReportedSimulation, failOn: readonly Reason[]): string {
  if (format === 'text') return toText(simulation)
  if (format === 'junit') return toJunit(simulation, failOn)
  const { tally, ...rest } = simulation
  return JSON.stringify({ ...rest, ...tally, ok: !failing(tally, failOn) }, null, 2)
}

const mostLines = 20

function toText({ ruleSet, tried, against, tally, results, omitted }: ReportedSimulation): string {
  const { byTarget, byAttribute, counts } = tally
  const shown = results.slice(0, mostLines)
  const more = results.length - shown.length + omitted
  return [
    `${ruleSet}: ${tried}, held against version ${against}, which is in force`,
    `  ${inWords(counts)}`,
    ...byTarget.map(({ target, ...own }) => `  ${target}: ${inWords(own)}`),
    ...byAttribute.map(({ target, attribute, changed }) => `  ${target ?? 'identity'}.${attribute}: ${changed} changed`),
    ...(shown.length === 0 ? [] : ['']),
    ...shown.flatMap(toLines),
    ...(more > 0 ? [`… and ${more} more`] : []),
  ].join('\n')
}

function inWords({ same, changed, failing: fails, created, disabled, deleted }: SimulationCounts): string {
  const accounts = Object.entries({ created, disabled, deleted }).filter(([, count]) => count > 0)
  const told = accounts.map(([word, count]) => `${count} ${word}`)
  return `${same} same, ${changed} changed, ${fails} failing${told.length === 0 ? '' : `; accounts: ${told.join(', ')}`}`
}

function toLines(result: SimulationResult): readonly string[] {
  const { outcome, problem, changes } = result
  return [
    `${outcome === 'failing' ? '✖' : '~'} ${nameOf(result)}`,
    ...(problem === null ? [] : [`    ${problem.message}`]),
    ...changes.map((change) => `    ${placeOf(change)}: ${shown(change.before)} → ${shown(change.after)}`),
  ]
}

function nameOf({ kind, source, externalId, requestId }: SimulationResult): string {
  return `${kind} ${source} ${externalId}${requestId === null ? '' : ` (request ${requestId})`}`
}

function placeOf({ target, attribute }: SimulationChange): string {
  return [target ?? 'identity', ...(attribute === null ? [] : [attribute])].join('.')
}

function shown(value: string | null): string {
  return value === null ? 'nothing' : JSON.stringify(value)
}

/** A case for each request that is not the same, red where `--fail-on` names what became of it; and one for all the others. */
function toJunit({ ruleSet, tried, tally, results, omitted }: ReportedSimulation, failOn: readonly Reason[]): string {
  const cases = results.map((result) => ({
    name: nameOf(result),
    at: result.requestId ?? result.externalId,
    differences: isRed(result, failOn) ? toDifferences(result) : [],
    milliseconds: 0,
  }))
  const rest = [
    { name: `${tally.counts.same} come out the same`, at: tried, differences: [], milliseconds: 0 },
    ...(omitted === 0
      ? []
      : [{ name: `${omitted} more do not`, at: tried, differences: omittedDifferences(omitted, failOn), milliseconds: 0 }]),
  ]
  return toReport('junit', [{ file: `${ruleSet} ${tried}`, results: [...cases, ...rest] }])
}

function isRed({ outcome, changes }: SimulationResult, failOn: readonly Reason[]): boolean {
  const becomes = { create: 'created', disable: 'disabled', delete: 'deleted' } as const
  const reached: readonly string[] = [
    outcome,
    ...changes.flatMap(({ attribute, after }) =>
      attribute === null && (after === 'create' || after === 'disable' || after === 'delete') ? [becomes[after]] : [],
    ),
  ]
  return failOn.some((reason) => reached.includes(reason))
}

function toDifferences({ problem, changes }: SimulationResult) {
  if (problem !== null) return [{ path: problem.code, expected: 'a plan', found: problem.message }]
  return changes.map((change) => ({ path: placeOf(change), expected: shown(change.before), found: shown(change.after) }))
}

function omittedDifferences(omitted: number, failOn: readonly Reason[]) {
  return failOn.length === 0
    ? []
    : [{ path: 'omitted', expected: 'a line for each', found: `${omitted} more than a report holds` }]
}
