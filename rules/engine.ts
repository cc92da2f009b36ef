/**
 * The door of the rules for everyone else: a rule set and an identity go in, a plan comes out. Expressions run in the
 * sandbox; what to ask and what the answers mean is decided by the pure planner.
 */
import { GatewayError } from '#core/errors.ts'
import type { Plan } from '#core/plan.ts'
import { numbered, type UniqueQuestion } from './functions/unique.ts'
import { toApprovalJob, toApprovalProgram, withApprovals } from './approvals.ts'
import type { LookupTable } from './lookups/table.ts'
import { toJob, toPlan, type PlanInput } from './planner.ts'
import { toProgram, type Job, type Program } from './program.ts'
import { evidenceOf, heldNames, type HeldName } from './held-names.ts'
import { openSandbox, type SandboxOptions } from './sandbox/index.ts'
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

export type RuleEngineOptions = SandboxOptions

export interface RuleEngine extends AsyncDisposable {
  /**
   * What the rules make of a request. Throws `rule_failed` or `rule_timeout`, saying target, attribute and position, and whatever
   * `unique` throws. May reserve the same value more than once for one plan, when a sandbox process dies in between.
   */
  plan(ruleSet: RuleSet & { readonly version: number }, input: PlanInput, unique: UniqueReservations): Promise<Plan>
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
    [Symbol.asyncDispose]: () => sandbox[Symbol.asyncDispose](),
  }
}

/** The job with the lookup tables that its expressions read. Throws `rule_failed` for one that there is not. */
function withTables(program: Program, job: Job, { lookups = {} }: PlanInput): Job {
  if (program.tables.size === 0) return job
  const tables: Record<string, LookupTable> = {}
  for (const number of job.slots)
    for (const name of program.tables.get(number) ?? []) {
      const table = Object.hasOwn(lookups, name) ? lookups[name] : undefined
      const { path = 'the rule set', at = null } = program.slots[number] ?? {}
      if (table === undefined)
        throw new GatewayError('rule_failed', `${path}: there is no lookup table "${name}"`, at === null ? {} : { at })
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
  return Promise.reject(new GatewayError('rule_failed', 'an approval reserves nothing'))
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
  throw new GatewayError(
    'rule_failed',
    `$unique found no free value among ${from} candidates in ${question.namespaces.join(', ')}`,
  )
}
