/** Options of rule functions: an object whose keys are known, so that a slip of the keyboard is told and not passed over. */
import { closest } from '../hints.ts'
import { functionPhrases } from '../phrases/functions.ts'
import { inRow } from '../phrases/words.ts'
import { FunctionProblem, kindOf } from './arguments.ts'

/** Throws FunctionProblem for anything but an object, and for a key that is not known. */
export function readOptions(
  name: string,
  argument: number,
  value: unknown,
  known: readonly string[],
): Readonly<Record<string, unknown>> {
  const position = String(argument)
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new FunctionProblem(functionPhrases.options({ name, position, found: kindOf(value) }))
  const options = Object.fromEntries(Object.entries(value))
  const stranger = Object.keys(options).find((key) => !known.includes(key))
  if (stranger === undefined) return options
  const near = closest(stranger, known)
  throw new FunctionProblem(
    near === undefined
      ? functionPhrases.noOption({ name, position, known: inRow(known) })
      : functionPhrases.nearOption({ name, position, near }),
  )
}
