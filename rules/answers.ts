/** The sandbox's results by path, read as what their place asks for. Pure. */
import { GatewayError } from '#core/errors.ts'
import type { Values } from '#core/values.ts'
import type { Job, Program } from './program.ts'
import { secretName, toValues, UnfitResult } from './values.ts'

export interface Answers {
  values(path: string): Values
  condition(path: string): boolean
  /** The name of the secret; null for none. */
  secret(path: string): string | null
  failure(path: string, message: string): GatewayError
}

export function createAnswers(program: Program, job: Job, results: readonly unknown[]): Answers {
  const byPath = new Map(
    job.slots.map((slot, position) => [program.slots[slot]?.path ?? '', { result: results[position], slot }]),
  )
  const failure = (path: string, message: string) => {
    const at = program.slots[byPath.get(path)?.slot ?? -1]?.at ?? null
    return new GatewayError('rule_failed', `${path}: ${message}`, at === null ? {} : { at })
  }
  return {
    failure,
    values(path) {
      try {
        return toValues(byPath.get(path)?.result)
      } catch (error) {
        throw error instanceof UnfitResult ? failure(path, error.message) : error
      }
    },
    condition(path) {
      const result = byPath.get(path)?.result
      if (result === undefined || result === null) return false
      if (typeof result === 'boolean') return result
      throw failure(path, `a condition must be true or false, found ${Array.isArray(result) ? 'a list' : `a ${typeof result}`}`)
    },
    secret(path) {
      const result = byPath.get(path)?.result
      if (result === undefined || result === null) return null
      const name = secretName(result)
      if (name === null)
        throw failure(
          path,
          'an attribute with `secret: true` carries a secret of the request and nothing else, such as `value: password`',
        )
      return name
    },
  }
}
