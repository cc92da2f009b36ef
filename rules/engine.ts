/**
 * The door of the rules for everyone else: a rule set and an identity go in, a plan comes out. Expressions run in the
 * sandbox; what to ask and what the answers mean is decided by the pure planner.
 */
import { GatewayError } from '#core/errors.ts'
import type { Plan } from '#core/plan.ts'
import { numbered, type UniqueQuestion } from './functions/unique.ts'
import { toApprovalJob, toApprovalProgram, withApprovals } from './approvals.ts'
import type { LookupTable } from './lookups/table.ts'
import { inPlace } from './phrases/place.ts'
import { runPhrases } from './phrases/run.ts'
import { inRow } from './phrases/words.ts'
import { toJob, toPlan, type PlanInput } from './planner.ts'
import { toProgram, type Job, type Program, type Slot } from './program.ts'
import { evidenceOf, heldNames, type HeldName } from './held-names.ts'
import { openSandbox, type Sandbox, type SandboxOptions, type Trace } from './sandbox/index.ts'
import type { Ask } from './sandbox/runs.ts'
import type { RuleSet } from './schema.ts'

/** The reservations of one identity; whoever makes it knows which. */
export interface UniqueReservations {
  /**
   * Reserves one candidate in all the namespaces at once, atomically: the first that this identity already holds, else the
   * first that nobody holds in any of them. Null when others hold all of them; the engine then asks again with more.
   */
  reserve(namespaces: readonly string[], candidates: readonly string[], heldIn: readonly HeldName[]): Promise<string | null>
}

/** Who holds what, for whom a name is only looked up: nothing is reserved. */
export interface UniqueTrials {
  /** What `reserve` would give, and the candidates that others hold. */
  look(namespaces: readonly string[], candidates: readonly string[]): Promise<Looked>
}

export interface Looked {
  readonly given: string | null
  readonly held: ReadonlySet<string>
}

/** How one value of a plan came to be. */
export interface TracedValue {
  readonly slot: Slot
  readonly result: unknown
  readonly trace: Trace
  /** What `$unique` tried, in order. */
  readonly tried: readonly { readonly value: string; readonly free: boolean }[]
}

export type RuleEngineOptions = SandboxOptions

export interface RuleEngine extends AsyncDisposable {
  /**
   * What the rules make of a request. Throws `rule_failed` or `rule_timeout`, saying target, attribute and position, and whatever
   * `unique` throws. May reserve the same value more than once for one plan, when a sandbox process dies in between.
   */
  plan(ruleSet: VersionedRuleSet, input: PlanInput, unique: UniqueReservations): Promise<Plan>
  /**
   * The same plan, with how its values came to be: of all that were computed, or of the one at the path `only`. Reserves nothing.
   * Throws like `plan`.
   */
  trace(ruleSet: VersionedRuleSet, input: PlanInput, unique: UniqueTrials, only?: string): Promise<TracedPlan>
}

export type VersionedRuleSet = RuleSet & { readonly version: number }

export interface TracedPlan {
  readonly plan: Plan
  readonly values: readonly TracedValue[]
}

/** Starts the sandbox processes and waits until they are ready. Throws `unavailable` when they cannot start. */
export async function openRuleEngine(options: RuleEngineOptions): Promise<RuleEngine> {
  const sandbox = await openSandbox(options)
  const programOf = remembered(toProgram)
  const approvalProgramOf = remembered(toApprovalProgram)

  async function asked(ruleSet: RuleSet, input: PlanInput, plan: Plan): Promise<Plan> {
    const program = approvalProgramOf(ruleSet)
    const questions = toApprovalJob(ruleSet, program, input, plan)
    if (questions === null) return plan
    const job = withTables(program, questions, input)
    // `$unique` is refused in approvals when the rule set is read.
    return withApprovals(ruleSet, program, plan, await sandbox.evaluate(program, job, refuseToReserve), job)
  }
  return {
    async plan(ruleSet, input, unique) {
      const program = programOf(ruleSet)
      const job = withTables(program, toJob(ruleSet, program, input), input)
      const madeUp = new Set<string>()
      const ask: Ask = (question, slot) => {
        madeUp.add(program.slots[slot]?.store ?? '')
        return reserve(
          question,
          heldNames(program, question, slot, input).map((held) => ({
            ...held,
            evidence: () => evidenceOf(sandbox, program, job, held.target),
          })),
          unique,
        )
      }
      const results = job.slots.length === 0 ? [] : await sandbox.evaluate(program, job, ask)
      return asked(ruleSet, input, toPlan(ruleSet, program, input, { ...job, madeUp }, results))
    },
    async trace(ruleSet, input, unique, only) {
      const program = programOf(ruleSet)
      const job = withTables(program, toJob(ruleSet, program, input), input)
      const watched = await watch(sandbox, program, job, unique, only)
      const plan = toPlan(ruleSet, program, input, { ...job, madeUp: watched.madeUp }, watched.results)
      const approvals = approvalProgramOf(ruleSet)
      const questions = toApprovalJob(ruleSet, approvals, input, plan)
      if (questions === null) return { plan, values: watched.values }
      const asking = withTables(approvals, questions, input)
      const answers = await watch(sandbox, approvals, asking, unique, only)
      // The computed attributes stand in both programs; only the first computes them.
      const values = [...watched.values, ...answers.values.filter(({ slot }) => slot.store === null)]
      return { plan: withApprovals(ruleSet, approvals, plan, answers.results, asking), values }
    },
    [Symbol.asyncDispose]: () => sandbox[Symbol.asyncDispose](),
  }
}

/** Evaluates a job and tells of its slots what they did, and what `$unique` tried for them. */
async function watch(sandbox: Sandbox, program: Program, job: Job, unique: UniqueTrials, only?: string) {
  const tried = new Map<number, { value: string; free: boolean }[]>()
  const traced = job.slots.filter((number) => only === undefined || program.slots[number]?.path === only)
  const none = { results: [], traces: [] }
  const ask: Ask = async (question, slot) => {
    const list: { value: string; free: boolean }[] = []
    // A process that dies has its question asked again: what counts is the last time.
    tried.set(slot, list)
    // No target is asked: what strangers hold there was found out when the plan was made.
    return reserve(question, [], {
      async reserve(namespaces, candidates) {
        const { given, held } = await unique.look(namespaces, candidates)
        const end = given === null ? candidates.length : candidates.indexOf(given) + 1
        for (const value of candidates.slice(0, end)) list.push({ value, free: !held.has(value) })
        return given
      },
    })
  }
  const { results, traces } = job.slots.length === 0 ? none : await sandbox.trace(program, job, ask, traced)
  const values = traces.flatMap((trace): TracedValue[] => {
    const slot = program.slots[trace.slot]
    const result = results[job.slots.indexOf(trace.slot)]
    return slot === undefined ? [] : [{ slot, result, trace, tried: tried.get(trace.slot) ?? [] }]
  })
  return { results, values, madeUp: new Set([...tried.keys()].map((number) => program.slots[number]?.store ?? '')) }
}

/** The job with the lookup tables that its expressions read. Throws `rule_failed` for one that there is not. */
function withTables(program: Program, job: Job, { lookups = {} }: PlanInput): Job {
  if (program.tables.size === 0) return job
  const tables: Record<string, LookupTable> = {}
  for (const number of job.slots)
    for (const name of program.tables.get(number) ?? []) {
      const table = Object.hasOwn(lookups, name) ? lookups[name] : undefined
      const { path = null, at = null } = program.slots[number] ?? {}
      if (table === undefined)
        throw new GatewayError('rule_failed', inPlace(runPhrases.noTable({ name }), path), at === null ? {} : { at })
      tables[name] = table
    }
  return { ...job, tables }
}

function remembered(make: (ruleSet: RuleSet) => Program): (ruleSet: RuleSet) => Program {
  const programs = new WeakMap<RuleSet, Program>()
  return (ruleSet) => {
    const program = programs.get(ruleSet) ?? make(ruleSet)
    programs.set(ruleSet, program)
    return program
  }
}

function refuseToReserve(): Promise<never> {
  return Promise.reject(new GatewayError('rule_failed', runPhrases.approvalReserves))
}

/** Where each round of candidates ends: one round trip is enough for all but the most common names. */
const rounds = [50, 1_000, 10_000]

async function reserve(question: UniqueQuestion, heldIn: readonly HeldName[], unique: UniqueReservations): Promise<string> {
  let from = 0
  for (const to of rounds) {
    const value = await unique.reserve(question.namespaces, numbered(question, from, to), heldIn)
    if (value !== null) return value
    from = to
  }
  throw new GatewayError('rule_failed', runPhrases.noFreeValue({ count: String(from), namespaces: inRow(question.namespaces) }))
}
