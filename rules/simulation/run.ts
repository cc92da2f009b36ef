/**
 * Runs a page of a simulation: every subject is planned by both versions on the same input, and the plans are compared. Names are looked up as
 * they stand: an identity keeps the one it holds, and nobody gets one.
 */
import { isGatewayError } from '#core/errors.ts'
import type { SimulationResult, Subject } from '#core/simulations/simulation.ts'
import type { Problem } from '#core/states.ts'
import { toProblem } from '#core/problem.ts'
import type { RuleEngine, UniqueReservations, VersionedRuleSet } from '../engine.ts'
import { toPlanInput, type PlanningContext } from '../plan-input.ts'
import { compare, type Made } from './compare.ts'

export interface SimulationVersions {
  /** In force when the simulation began. */
  readonly against: VersionedRuleSet
  readonly tried: VersionedRuleSet
}

export interface SimulateDeps {
  readonly engine: Pick<RuleEngine, 'plan'>
  readonly versions: SimulationVersions
  readonly context: PlanningContext
  /** Looks names up for one identity, and reserves none. */
  readonly namesFor: (subject: Pick<Subject, 'source' | 'externalId'>) => UniqueReservations
}

export interface Simulated {
  readonly result: SimulationResult
  /** The targets that either plan is about; those of the rules where there is no plan. */
  readonly targets: readonly string[]
  /** Plans that were stopped because they took too long. */
  readonly timeouts: number
}

/** Subjects under way at once: enough to keep a sandbox process busy while names are looked up, and few enough to be done with soon. */
const inFlight = 8
/** Milliseconds after which no more of a page are begun: with rules that are slow, progress shows all the same. */
const pageTakesMs = 2_000

/**
 * The results of the first of the subjects, in their order: of all of them, unless they take long. What the rules refuse is a result; throws
 * what is no fault of theirs, such as `unavailable`.
 */
export async function simulatePage(deps: SimulateDeps, subjects: readonly Subject[]): Promise<readonly Simulated[]> {
  const simulated: Simulated[] = []
  const end = performance.now() + pageTakesMs
  let next = 0
  const worker = async () => {
    while (next < subjects.length && (next < inFlight || performance.now() < end)) {
      const index = next++
      const subject = subjects[index]
      if (subject !== undefined) simulated[index] = await simulateOne(deps, subject)
    }
  }
  await Promise.all(Array.from({ length: inFlight }, worker))
  return simulated
}

async function simulateOne({ engine, versions, context, namesFor }: SimulateDeps, subject: Subject): Promise<Simulated> {
  const { attributes, secrets, scope, previous, ...about } = subject
  const input = toPlanInput(subject.source, { ...about, attributes, secrets, scope }, previous, context)
  const names = namesFor(subject)
  const make = (ruleSet: VersionedRuleSet): Promise<Made> =>
    engine.plan(ruleSet, input, names).then((plan) => ({ plan }), toRefusal)
  const [before, after] = await Promise.all([make(versions.against), make(versions.tried)])
  return {
    result: { ...about, ...compare(before, after) },
    targets: targetsOf(before, after, versions),
    timeouts: [before, after].filter((made) => 'problem' in made && made.problem.code === 'rule_timeout').length,
  }
}

function toRefusal(error: unknown): { readonly problem: Problem } {
  if (!isGatewayError(error) || (error.code !== 'rule_failed' && error.code !== 'rule_timeout')) throw error
  const target = /^targets\.([a-z0-9-]+)\./.exec(error.message)?.[1]
  return { problem: { ...toProblem(error), ...(target === undefined ? {} : { target }) } }
}

function targetsOf(before: Made, after: Made, { tried }: SimulationVersions): readonly string[] {
  if ('problem' in after) return Object.keys(tried.targets)
  const steps = [...('plan' in before ? before.plan.steps : []), ...after.plan.steps]
  return [...new Set(steps.map(({ target }) => target))]
}
