/** Checks the arguments of rule functions and words what is wrong with them: kinds only, never values. */
import { functionPhrases } from '../phrases/functions.ts'
import { Refusal } from '../phrases/refusal.ts'

/** A rule function refused its arguments; what it says may be shown to anyone. */
export class FunctionProblem extends Refusal {
  override readonly name = 'FunctionProblem'
}

/** A text, or undefined when the attribute has no value. Numbers and booleans become text. */
export function textArgument(name: string, position: number, value: unknown): string | undefined {
  if (value === undefined || value === null || value === '') return undefined
  if (typeof value === 'string') return value
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  throw new FunctionProblem(functionPhrases.text({ name, position: String(position), found: kindOf(value) }))
}

/** A whole number from `least` to `most`, or undefined when it was left out. */
export function countArgument(name: string, position: number, value: unknown, least: number, most: number): number | undefined {
  if (value === undefined || value === null) return undefined
  if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value
  const bounds = { least: String(least), most: String(most) }
  throw new FunctionProblem(functionPhrases.count({ name, position: String(position), ...bounds, found: kindOf(value) }))
}

/** A text or a list of texts, as a list without empty ones. */
export function textListArgument(name: string, position: number, value: unknown): string[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value]
  return list.flatMap((item) => textArgument(name, position, item) ?? [])
}

/** By its name in `phrases/words.ts`. */
export function kindOf(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? 'emptyList' : 'list'
  return value === null ? 'nothing' : typeof value
}
