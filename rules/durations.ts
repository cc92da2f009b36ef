/** Durations as rules write them: a whole number of minutes, hours or days. */
import * as v from 'valibot'

const secondsOf = { m: 60, h: 3_600, d: 86_400 } as const

/** A text such as `30m`, `48h` or `90d`. */
export const duration = (description: string, longestDays: number, tooLong: string) =>
  v.pipe(
    v.string(),
    v.regex(/^[1-9]\d{0,4}[mhd]$/, 'a duration is a whole number of minutes, hours or days, such as "30m", "48h" or "7d"'),
    v.check((text) => !(toSeconds(text) > longestDays * secondsOf.d), tooLong),
    v.description(description),
  )

export function toSeconds(text: string): number {
  const unit = text.at(-1)
  return Number.parseInt(text, 10) * (unit === 'm' || unit === 'h' ? secondsOf[unit] : secondsOf.d)
}
