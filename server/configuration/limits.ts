/** What a target bears, as people write it: `concurrency`, `rateLimit` and `breaker` of a target, with times such as `30s` or `5m`. */
import * as v from 'valibot'
import { usualBreaker, type TargetLimits } from '#core/target-limits.ts'

const units = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const
const longestMs = 24 * units.h

/** A text such as `500ms`, `30s`, `5m` or `1h`. */
const duration = (description: string) =>
  v.pipe(
    v.string(),
    v.regex(/^[1-9]\d{0,8}(ms|s|m|h)$/, 'a time is a whole number and a unit, such as 500ms, 30s, 5m or 1h'),
    v.check((text) => toMilliseconds(text) <= longestMs, 'a time has at most 24 hours'),
    v.description(description),
  )

const count = (most: number, description: string) =>
  v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(most), v.description(description))

export const limitEntries = {
  concurrency: v.optional(
    count(
      10_000,
      'How many steps the target bears at a time, all workers together; its undos have as many besides. Left out: as many as the workers take, within the connector’s pool.',
    ),
  ),
  rateLimit: v.optional(
    v.pipe(
      v.strictObject({
        max: count(1_000_000, 'So many steps …'),
        per: duration('… are begun in each such time, all workers together; undos are counted apart.'),
      }),
      v.description('For targets with a quota. Left out: what the kind of system is known for, else no limit.'),
    ),
  ),
  breaker: v.optional(
    v.pipe(
      v.strictObject({
        failures: v.optional(
          count(
            1_000,
            `After so many failures in a row (unreachable, timed out; not refusals of one person’s data) the target is left alone. ${usualBreaker.failures} when left out.`,
          ),
        ),
        openFor: v.optional(
          duration('For how long at first; twice as long each time that the one step which then tries fails. 5s when left out.'),
        ),
        atMost: v.optional(duration('And at most for so long. 5m when left out.')),
      }),
      v.check(
        ({ openFor = '5s', atMost = '5m' }) => toMilliseconds(openFor) <= toMilliseconds(atMost),
        'openFor must not be longer than atMost',
      ),
      v.description('When a target is down, its steps wait without being tried.'),
    ),
  ),
}

export interface LimitsConfig {
  readonly concurrency?: number | undefined
  readonly rateLimit?: { readonly max: number; readonly per: string } | undefined
  readonly breaker?:
    | { readonly failures?: number | undefined; readonly openFor?: string | undefined; readonly atMost?: string | undefined }
    | undefined
}

/** As the database keeps them; what is left out stays out. */
export function toLimits({ concurrency, rateLimit, breaker }: LimitsConfig): TargetLimits {
  const { failures, openFor, atMost } = breaker ?? {}
  return {
    ...(concurrency === undefined ? {} : { concurrency }),
    ...(rateLimit === undefined ? {} : { rateLimit: { max: rateLimit.max, perMs: toMilliseconds(rateLimit.per) } }),
    ...(breaker === undefined
      ? {}
      : {
          breaker: {
            ...(failures === undefined ? {} : { failures }),
            ...(openFor === undefined ? {} : { openForMs: toMilliseconds(openFor) }),
            ...(atMost === undefined ? {} : { atMostMs: toMilliseconds(atMost) }),
          },
        }),
  }
}

export function toMilliseconds(text: string): number {
  const [, number, unit] = /^(\d+)(ms|s|m|h|d)$/.exec(text) ?? []
  return Number(number) * units[unit as keyof typeof units]
}
