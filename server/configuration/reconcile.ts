/** When a target is reconciled by itself, as people write it: `reconcile: { every: 24h }`, or a cron expression with its time zone. */
import { CronExpressionParser } from 'cron-parser'
import * as v from 'valibot'
import type { ReconcileSchedule } from '#core/reconciliations/reconciliation.ts'
import { toMilliseconds } from './limits.ts'

const longestMs = 366 * 86_400_000

const isCron = ({ cron, timeZone }: { readonly cron: string; readonly timeZone: string }): boolean => {
  try {
    CronExpressionParser.parse(cron, { tz: timeZone }).next()
    return true
  } catch {
    return false
  }
}

const isTimeZone = (timeZone: string): boolean => {
  try {
    return new Intl.DateTimeFormat('en', { timeZone }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}

const Every = v.strictObject({
  every: v.pipe(
    v.string(),
    v.regex(/^[1-9]\d{0,8}(s|m|h|d)$/, 'a time is a whole number and a unit, such as 30m, 24h or 7d'),
    v.check((text) => toMilliseconds(text) <= longestMs, 'a target is reconciled at least once a year, or not at all'),
    v.description('So often; for the first time when the workers learn of it.'),
  ),
})

const Cron = v.pipe(
  v.strictObject({
    cron: v.pipe(
      v.string(),
      v.regex(/^\S+(\s+\S+){4}$/, 'a cron expression has five fields: minute, hour, day of the month, month, day of the week'),
      v.description('Minute, hour, day of the month, month, day of the week, such as `30 2 * * 1-5`.'),
    ),
    timeZone: v.optional(
      v.pipe(v.string(), v.check(isTimeZone, 'a time zone has a name such as Europe/Paris'), v.description('UTC when left out.')),
      'UTC',
    ),
  }),
  v.check((schedule) => !isTimeZone(schedule.timeZone) || isCron(schedule), 'the cron expression is not one, or names no moment'),
)

export const ReconcileConfig = v.pipe(
  v.union([Every, Cron], 'write reconcile: { every: 24h } or reconcile: { cron: "30 2 * * *", timeZone: Europe/Paris }'),
  v.description('When what the target holds is compared with what the gateway knows. Left out: when a person asks.'),
)

export function toSchedule(config: v.InferOutput<typeof ReconcileConfig> | undefined): ReconcileSchedule | null {
  if (config === undefined) return null
  return 'every' in config ? { everyMs: toMilliseconds(config.every) } : { cron: config.cron, timeZone: config.timeZone }
}
