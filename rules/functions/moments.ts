/** Moments read from the forms in which systems write them, and what a clock on the wall of a place shows at a moment. */
import { functionPhrases } from '../phrases/functions.ts'
import { FunctionProblem } from './arguments.ts'

export interface Parts {
  readonly year: number
  /** 1 to 12. */
  readonly month: number
  readonly day: number
  readonly hour: number
  readonly minute: number
  readonly second: number
}

const frenchDay = /^(?<day>\d{1,2})\/(?<month>\d{1,2})\/(?<year>\d{4})$/
const isoTime =
  /^(?<year>\d{4})-(?<month>\d{2})-(?<day>\d{2})(?:[T ](?<hour>\d{2}):(?<minute>\d{2})(?::(?<second>\d{2})(?:[.,]\d+)?)?(?<offset>Z|[+-]\d{2}:?\d{2})?)?$/
const generalizedTime =
  /^(?<year>\d{4})(?<month>\d{2})(?<day>\d{2})(?<hour>\d{2})(?:(?<minute>\d{2})(?<second>\d{2})?)?(?:[.,]\d+)?(?<offset>Z|[+-]\d{2}(?:\d{2})?)$/
const filetime = /^(?:0|\d{17,19})$/

const never = new Set(['0', '9223372036854775807'])
const filetimeOffsetMs = 11_644_473_600_000n

/** The moment that the text names, to the second; null when it means never. Throws FunctionProblem when it is in no known form. */
export function readMoment(text: string, zone: string): Date | null {
  if (filetime.test(text)) return never.has(text) ? null : toDate(Number(BigInt(text) / 10_000n - filetimeOffsetMs))
  const groups = [frenchDay, isoTime, generalizedTime].map((form) => form.exec(text)?.groups).find((found) => found !== undefined)
  if (groups === undefined) throw new FunctionProblem(functionPhrases.date)
  const number = (name: string) => Number(groups[name] ?? 0)
  const parts = {
    year: number('year'),
    month: number('month'),
    day: number('day'),
    hour: number('hour'),
    minute: number('minute'),
    second: number('second'),
  }
  const wall = toUtc(parts)
  const shown = toParts(new Date(wall), 'UTC')
  if (Object.entries(parts).some(([name, value]) => shown[name as keyof Parts] !== value))
    throw new FunctionProblem(functionPhrases.noSuchDay)
  const { offset } = groups
  return toDate(offset === undefined ? wallToMoment(wall, zone) : wall - offsetMs(offset))
}

/** What a clock in the zone shows. Throws FunctionProblem for a zone that is not known. */
export function toParts(at: Date, zone: string): Parts {
  const shown = clockOf(zone).formatToParts(at)
  const part = (type: string) => Number(shown.find((one) => one.type === type)?.value)
  return {
    year: part('year'),
    month: part('month'),
    day: part('day'),
    hour: part('hour'),
    minute: part('minute'),
    second: part('second'),
  }
}

const clocks = new Map<string, Intl.DateTimeFormat>()

function clockOf(zone: string): Intl.DateTimeFormat {
  const known = clocks.get(zone)
  if (known !== undefined) return known
  try {
    const digits = {
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    } as const
    const clock = new Intl.DateTimeFormat('en-US', { timeZone: zone, calendar: 'iso8601', hourCycle: 'h23', ...digits })
    if (clocks.size < 100) clocks.set(zone, clock)
    return clock
  } catch {
    throw new FunctionProblem(functionPhrases.zone)
  }
}

function toUtc({ year, month, day, hour, minute, second }: Parts): number {
  return Date.UTC(year, month - 1, day, hour, minute, second)
}

/**
 * The moment at which the clock of the zone shows what `wall` would be in UTC. Twice, because the zone's offset is that of the moment, which is
 * what we look for; in the hour that summer time leaves out, the moment after it.
 */
function wallToMoment(wall: number, zone: string): number {
  const offsetAt = (moment: number) => toUtc(toParts(new Date(moment), zone)) - moment
  return wall - offsetAt(wall - offsetAt(wall))
}

function offsetMs(offset: string): number {
  if (offset === 'Z') return 0
  const [hours, minutes] = [Number(offset.slice(1, 3)), Number(offset.slice(3).replace(':', '') || 0)]
  return (offset.startsWith('-') ? -1 : 1) * (hours * 60 + minutes) * 60_000
}

function toDate(milliseconds: number): Date {
  const at = new Date(milliseconds)
  if (Number.isNaN(at.getTime()) || at.getUTCFullYear() > 9999) throw new FunctionProblem(functionPhrases.farDate)
  return at
}
