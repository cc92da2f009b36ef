/** The answers about simulations and explanations as schemas; see `answers.ts`. */
import * as v from 'valibot'
import { requestKinds } from '#core/plan.ts'
import { simulationOutcomes, simulationStates } from '#core/simulations/simulation.ts'
import { time, whole } from './answer-parts.ts'
import { Problem } from './answers.ts'
import { ExplainedValue } from './rule-answers.ts'

const id = v.pipe(v.string(), v.uuid())
const next = v.pipe(v.nullable(v.string()), v.description('Give it back as cursor for the next page; null on the last.'))

export const SimulationScope = v.variant('kind', [
  v.object({ kind: v.literal('requests'), last: whole }),
  v.object({ kind: v.literal('population'), source: v.nullable(v.string()) }),
])

export const SimulationCounts = v.pipe(
  v.object({ same: whole, changed: whole, failing: whole, created: whole, disabled: whole, deleted: whole }),
  v.description(
    'Requests that come out the same, changed, failing; accounts that would be created, disabled, deleted, and would not be today.',
  ),
)

export const Simulation = v.pipe(
  v.object({
    id,
    ruleSet: v.string(),
    version: v.pipe(whole, v.description('What is tried.')),
    against: v.pipe(whole, v.description('The version in force when it began.')),
    scope: SimulationScope,
    state: v.picklist(simulationStates),
    total: whole,
    done: whole,
    by: v.string(),
    createdAt: time,
    endedAt: v.nullable(time),
    problem: v.pipe(v.nullable(Problem), v.description('Why it failed as a whole.')),
    stale: v.pipe(
      v.array(v.picklist(['draft', 'published', 'lookups', 'targets'])),
      v.description('What changed since it began, and makes its result a thing of the past.'),
    ),
    counts: SimulationCounts,
    byKind: v.array(v.object({ kind: v.picklist(requestKinds), ...SimulationCounts.entries })),
    byTarget: v.array(v.object({ target: v.string(), ...SimulationCounts.entries })),
    byAttribute: v.pipe(
      v.array(v.object({ target: v.nullable(v.string()), attribute: v.string(), changed: whole })),
      v.description('How often an attribute changes, the most often first; target null: a computed attribute.'),
    ),
  }),
  v.description(
    'What a version of a rule set would make of requests that came, or of everybody. Nothing is written, reserved or called.',
  ),
)
export const SimulationPage = v.object({ items: v.array(Simulation), next })

export const SimulationResult = v.pipe(
  v.object({
    requestId: v.pipe(v.nullable(id), v.description('Null for an identity of a population.')),
    source: v.string(),
    externalId: v.string(),
    displayName: v.nullable(v.string()),
    kind: v.picklist(requestKinds),
    outcome: v.picklist(simulationOutcomes),
    problem: v.pipe(v.nullable(Problem), v.description('Why the rules refuse it.')),
    changes: v.array(
      v.object({
        target: v.nullable(v.string()),
        attribute: v.pipe(v.nullable(v.string()), v.description('Null for the account itself, whose operation changes.')),
        before: v.pipe(
          v.nullable(v.string()),
          v.description('Null where nothing is planned; empty where an attribute is cleared.'),
        ),
        after: v.nullable(v.string()),
      }),
    ),
  }),
  v.description('What changes for one request, or for one identity.'),
)
export const SimulationResultPage = v.object({ items: v.array(SimulationResult), next })
export const SimulationExport = v.object({ simulation: Simulation, results: v.array(SimulationResult) })
export const Csv = v.pipe(v.string(), v.description('CSV (RFC 4180) in UTF-8, one line for each change.'))

export const Explanation = v.pipe(
  v.object({
    requestId: id,
    ruleSet: v.string(),
    version: whole,
    publishedBy: v.nullable(v.string()),
    publishedAt: v.nullable(time),
    isExact: v.pipe(
      v.boolean(),
      v.description('Whether the plan that was made anew for this answer is the one that was carried out: the same hash.'),
    ),
    approvedBy: v.array(v.object({ person: v.string(), reason: v.string(), at: time })),
    values: v.array(ExplainedValue),
  }),
  v.description('Why a request’s plan holds what it holds.'),
)
