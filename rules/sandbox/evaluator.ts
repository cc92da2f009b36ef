/**
 * Runs the expressions of a program for one identity. This is the half that lives in the sandbox process; it holds no I/O, so that
 * the process around it can be small enough to be read at a glance.
 */
import jsonata from 'jsonata'
import { inspectExpression } from '../expressions.ts'
import { FunctionProblem } from '../functions/arguments.ts'
import { ruleFunctions } from '../functions/index.ts'
import { lookup, type ReadTable } from '../functions/lookup.ts'
import { refuseText } from '../functions/password.ts'
import { refusedNames } from '../functions/names.ts'
import { toUniqueQuestion, type UniqueQuestion } from '../functions/unique.ts'
import { functionPhrases } from '../phrases/functions.ts'
import type { Slot } from '../program.ts'
import { secretName, toNatural, toValues } from '../values.ts'
import { toFailure, type Failure } from './failures.ts'
import { deepestStack, longestSequence, toPlainResult, widestPad } from './limits.ts'
import { LinearRegex } from './regex.ts'
import { askJsonata, toShortcut, type Shortcut } from './shortcut.ts'
import { createTracer, exitHook, traceBudget, type Trace } from './trace.ts'

export interface CompiledSlot {
  readonly store: string | null
  readonly shortcut: Shortcut | null
  readonly expression: jsonata.Expression | null
  readonly literals: ReadonlySet<string>
  /** Set when the expression can never run. */
  readonly refusal: Failure | null
  readonly asks: boolean
  /** The lookup tables that it names. */
  readonly tables: ReadonlySet<string>
  /** Slots of the same source have the same answer: targets like to ask the same `when`. */
  readonly source: string
  /** Milliseconds that JSONata gives it; 0: the parent's clock alone ends it. */
  readonly timeoutMs: number
}

export interface JobHooks {
  /** Called before an expression runs, so that the parent can tell which one it had to kill. */
  readonly mark: (slot: number) => void
  /** The parent's answer to `$unique`. */
  readonly ask: (question: UniqueQuestion, slot: number) => Promise<string | null>
}

export interface SlotFailure extends Failure {
  readonly slot: number
}

export type Outcome = { readonly results: readonly unknown[]; readonly traces: readonly Trace[] } | SlotFailure

/** Never throws: an expression that rules may not use fails when it is evaluated. */
export function compileSlot(slot: Pick<Slot, 'expression' | 'store'>, timeoutMs: number): CompiledSlot {
  const { problems, functions, literals, tables, ast } = inspectExpression(slot.expression)
  const problem = problems[0]
  const asks = functions.has('unique')
  const base = {
    store: slot.store,
    literals,
    asks,
    tables: new Set(tables.map(({ name }) => name)),
    source: slot.expression,
    timeoutMs: asks ? 0 : timeoutMs,
  }
  if (problem !== undefined) {
    return {
      ...base,
      shortcut: null,
      expression: null,
      refusal: { code: 'rule_failed', phrase: problem.phrase, offset: problem.offset + 1 },
    }
  }
  return { ...base, shortcut: toShortcut(ast), expression: compile(slot.expression, base.timeoutMs), refusal: null }
}

/**
 * `timeoutMs` 0: no limit inside. An expression that waits for an answer of the parent would be blamed for the wait; the parent's own
 * clock, which counts working time only, still ends it.
 */
function compile(source: string, timeoutMs: number): jsonata.Expression {
  const options = {
    RegexEngine: LinearRegex as unknown as RegExpConstructor,
    timeout: timeoutMs,
    stack: deepestStack,
    sequence: longestSequence,
  }
  const expression = jsonata(source, options)
  for (const [name, { run, required }] of Object.entries(ruleFunctions)) {
    // JSONata reads the number and the names of a function's arguments from the function itself.
    const implementation = function (first: unknown, second: unknown, third: unknown) {
      return run(first, second, third)
    }
    Object.defineProperty(implementation, 'length', { value: required })
    expression.registerFunction(name, implementation)
  }
  for (const [name, reason] of refusedNames) {
    expression.registerFunction(name, () => {
      throw new FunctionProblem(reason)
    })
  }
  expression.registerFunction('pad', pad, '<s-ns?:s>')
  expression.registerFunction('lookup', (from: unknown, key: unknown) => lookup(from, key, () => undefined))
  return expression
}

/** JSONata's `$pad` with a bound: its own makes a text of any width at once. */
function pad(text: string | undefined, width: number, character?: string): string | undefined {
  if (text === undefined) return undefined
  if (Math.abs(width) > widestPad) throw new FunctionProblem(functionPhrases.padWidth({ most: String(widestPad) }))
  const missing = Math.abs(Math.trunc(width)) - Array.from(text).length
  if (missing <= 0) return text
  const filling = Array.from(character === undefined || character === '' ? ' ' : character)
  const padding = Array.from({ length: missing }, (_, index) => filling[index % filling.length]).join('')
  return width > 0 ? text + padding : padding + text
}

export interface EvaluatedJob {
  readonly root: Record<string, unknown>
  readonly slots: readonly number[]
  readonly guards: readonly number[]
  readonly tables: ReadTable
  /** Slots of which it is told how their values came to be. */
  readonly traced: ReadonlySet<number>
}

/** One job: the slots in order, each reading what the ones before it stored. `root` is changed: it gets the computed attributes. */
export async function runJob(
  slots: readonly CompiledSlot[],
  namespaces: readonly string[],
  job: EvaluatedJob,
  hooks: JobHooks,
): Promise<Outcome> {
  const results: unknown[] = []
  const traces: Trace[] = []
  const budget = traceBudget()
  const bySlot = new Map<number, unknown>()
  // Only once the computed attributes are complete: they stand first, and nothing changes the root after them.
  const answered = new Map<string, unknown>()
  const computed: Record<string, unknown> = {}
  job.root['identity'] = computed
  for (const value of Object.values(job.root))
    if (secretName(value) !== null) Object.defineProperty(value, 'toJSON', { value: refuseText })
  for (const [position, number] of job.slots.entries()) {
    const guard = job.guards[position] ?? -1
    const slot = slots[number]
    // Below -1: the slot whose result must not be true (`unless` in `program.ts`).
    const isClosed = guard >= 0 ? bySlot.get(guard) !== true : guard < -1 && bySlot.get(-2 - guard) === true
    if (slot === undefined || isClosed) {
      results.push(null)
      continue
    }
    try {
      if (slot.refusal !== null) return { ...slot.refusal, slot: number }
      const isTraced = job.traced.has(number)
      if (answered.has(slot.source) && !isTraced) {
        const result = answered.get(slot.source)
        bySlot.set(number, result)
        results.push(result)
        continue
      }
      const quick = slot.shortcut === null || isTraced ? askJsonata : slot.shortcut(job.root)
      if (quick === askJsonata) hooks.mark(number)
      const ask = (question: UniqueQuestion) => hooks.ask(question, number)
      const tracer = isTraced ? traceSlot(slot, job.root, budget) : null
      const run = tracer === null ? slot : { ...slot, expression: tracer.expression }
      const result = toPlainResult(quick === askJsonata ? await evaluate(run, job, namespaces, ask) : quick)
      if (tracer !== null) traces.push(tracer.trace(number))
      if (slot.store === null) answered.set(slot.source, result)
      else store(computed, slot.store, result)
      bySlot.set(number, result)
      results.push(result)
    } catch (thrown) {
      return { ...toFailure(thrown, slot.literals), slot: number }
    }
  }
  return { results, traces }
}

/** The same expression, compiled once more for this evaluation, so that nobody else pays for being watched. */
function traceSlot(slot: CompiledSlot, root: Readonly<Record<string, unknown>>, budget: ReturnType<typeof traceBudget>) {
  const expression = compile(slot.source, slot.timeoutMs)
  const { exit, trace } = createTracer(expression.ast(), slot.source, root, budget)
  expression.assign(exitHook as unknown as string, exit)
  return { expression, trace }
}

function store(computed: Record<string, unknown>, name: string, result: unknown): void {
  const natural = toNatural(toValues(result))
  if (natural !== undefined) computed[name] = natural
}

async function evaluate(
  slot: CompiledSlot,
  { root, tables }: EvaluatedJob,
  namespaces: readonly string[],
  ask: (question: UniqueQuestion) => Promise<string | null>,
): Promise<unknown> {
  if (!slot.asks && slot.tables.size === 0) return slot.expression?.evaluate(root)
  const unique = async (candidates: unknown, named: unknown, maxLength: unknown) => {
    const question = toUniqueQuestion(candidates, named, maxLength, namespaces)
    return question === null ? undefined : ((await ask(question)) ?? undefined)
  }
  const readTable: ReadTable = (name) => (slot.tables.has(name) ? tables(name) : undefined)
  return slot.expression?.evaluate(root, { unique, lookup: (from: unknown, key: unknown) => lookup(from, key, readTable) })
}
