/** Durations as rules write them: a whole number of minutes, hours or days. */
import type { Phrase } from '#core/phrase.ts'
import * as v from 'valibot'
import { policyPhrases } from './phrases/policies.ts'

const secondsOf = { m: 60, h: 3_600, d: 86_400 } as const

/** A text such as `30m`, `48h` or `90d`. */
export const duration = (description: string, longestDays: number, tooLong: Phrase) =>
  v.pipe(
    v.string(),
    v.regex(/^[1-9]\d{0,4}[mhd]$/, policyPhrases.duration.en),
    v.check((text) => !(toSeconds(text) > longestDays * secondsOf.d), tooLong.en),
    v.description(description),
  )

export function toSeconds(text: string): number {
  const unit = text.at(-1)
  return Number.parseInt(text, 10) * (unit === 'm' || unit === 'h' ? secondsOf[unit] : secondsOf.d)
}
