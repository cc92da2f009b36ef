/** The sandbox's results by path, read as what their place asks for. Pure. */
import { GatewayError } from '#core/errors.ts'
import type { Phrase } from '#core/phrase.ts'
import type { Values } from '#core/values.ts'
import { inPlace } from './phrases/place.ts'
import { runPhrases } from './phrases/run.ts'
import type { Job, Program } from './program.ts'
import { secretName, toValues, UnfitResult } from './values.ts'

export interface Answers {
  values(path: string): Values
  condition(path: string): boolean
  /** The name of the secret; null for none. */
  secret(path: string): string | null
  failure(path: string, phrase: Phrase): GatewayError
}

export function createAnswers(program: Program, job: Job, results: readonly unknown[]): Answers {
  const bySlot: unknown[] = []
  for (const [position, slot] of job.slots.entries()) bySlot[slot] = results[position]
  const slotAt = (path: string) => program.numbers.get(path) ?? -1
  const resultAt = (path: string) => bySlot[slotAt(path)]
  const failure = (path: string, phrase: Phrase) => {
    const at = program.slots[slotAt(path)]?.at ?? null
    return new GatewayError('rule_failed', inPlace(phrase, path), at === null ? {} : { at })
  }
  return {
    failure,
    values(path) {
      try {
        return toValues(resultAt(path))
      } catch (error) {
        throw error instanceof UnfitResult ? failure(path, error.phrase) : error
      }
    },
    condition(path) {
      const result = resultAt(path)
      if (result === undefined || result === null) return false
      if (typeof result === 'boolean') return result
      throw failure(path, runPhrases.condition({ found: Array.isArray(result) ? 'list' : typeof result }))
    },
    secret(path) {
      const result = resultAt(path)
      if (result === undefined || result === null) return null
      const name = secretName(result)
      if (name === null) throw failure(path, runPhrases.notSecret)
      return name
    },
  }
}
