/** Options of rule functions: an object whose keys are known, so that a slip of the keyboard is told and not passed over. */
import { didYouMean } from '../hints.ts'
import { FunctionProblem, kindOf } from './arguments.ts'

/** Throws FunctionProblem for anything but an object, and for a key that is not known. */
export function readOptions(
  name: string,
  position: number,
  value: unknown,
  known: readonly string[],
): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new FunctionProblem(`${name} expects an object of options as argument ${position}, found ${kindOf(value)}`)
  const options = Object.fromEntries(Object.entries(value))
  const stranger = Object.keys(options).find((key) => !known.includes(key))
  if (stranger === undefined) return options
  const hint = didYouMean(stranger, known) ?? `known: ${known.join(', ')}`
  throw new FunctionProblem(`${name} has no option of the name that stands in argument ${position}: ${hint}`)
}
