/** An error of ours as it is kept and shown: in English, and in both languages where its words are from a list. */
import type { GatewayError } from './errors.ts'
import type { Problem } from './states.ts'

export function toProblem({ code, message, hint, phrase, advice }: GatewayError): Problem {
  return {
    code,
    message,
    ...(hint === undefined ? {} : { hint }),
    ...(phrase === undefined ? {} : { phrase }),
    ...(advice === undefined ? {} : { advice }),
  }
}
