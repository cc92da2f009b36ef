/** Times, ages and durations in the reader's language and time zone; all exact, none rounded up to look better. */
import type { Locale } from './locale.ts'

export interface Format {
  /** `14:32:05`, or `12 nov. 14:32` when it is not the day of `now`. */
  readonly moment: (iso: string, now: number) => string
  /** Like `moment`, to the millisecond. */
  readonly precise: (iso: string, now: number) => string
  /** `12 novembre 2026 à 14:32:05,123`: everything we know. */
  readonly exact: (iso: string) => string
  /** `31 janvier 2027`. */
  readonly date: (iso: string) => string
  /** `dans 12 j`; an hour that has come is `maintenant`. */
  readonly until: (iso: string, now: number) => string
  /** `il y a 3 min`. */
  readonly age: (iso: string | number, now: number) => string
  /** `840 ms`, `1,2 s`, `2 min 05 s`, `1 h 04 min`; milliseconds in. */
  readonly duration: (milliseconds: number) => string
  readonly number: (value: number) => string
  /** `ad, ldap et odoo`. */
  readonly list: (items: readonly string[]) => string
}

const units = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1000],
] as const

export function createFormat(locale: Locale, timeZone: string): Format {
  const tag = locale === 'en' ? 'en-GB' : 'fr-FR'
  const clock = new Intl.DateTimeFormat(tag, { timeZone, hour: '2-digit', minute: '2-digit', second: '2-digit' })
  const precise = new Intl.DateTimeFormat(tag, {
    timeZone,
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    fractionalSecondDigits: 3,
  })
  const day = new Intl.DateTimeFormat(tag, { timeZone, day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' })
  const full = new Intl.DateTimeFormat(tag, { timeZone, dateStyle: 'long', timeStyle: 'long' })
  const date = new Intl.DateTimeFormat(tag, { timeZone, dateStyle: 'short' })
  const longDate = new Intl.DateTimeFormat(tag, { timeZone, dateStyle: 'long' })
  const list = new Intl.ListFormat(locale, { type: 'conjunction' })
  const relative = new Intl.RelativeTimeFormat(locale, { style: 'short', numeric: 'auto' })
  const number = new Intl.NumberFormat(locale)
  const oneDigit = new Intl.NumberFormat(locale, { minimumFractionDigits: 1, maximumFractionDigits: 1 })

  /** How far away something is, in its largest unit; the other way is now. */
  function away(milliseconds: number, direction: 1 | -1): string {
    if (milliseconds < 10_000) return relative.format(0, 'second')
    const [unit, size] = units.find(([, length]) => milliseconds >= length) ?? ['second', 1000]
    return relative.format(direction * Math.floor(milliseconds / size), unit)
  }

  return {
    moment: (iso, now) => (date.format(new Date(iso)) === date.format(now) ? clock : day).format(new Date(iso)),
    precise: (iso, now) => (date.format(new Date(iso)) === date.format(now) ? precise : day).format(new Date(iso)),
    exact: (iso) => full.format(new Date(iso)),
    date: (iso) => longDate.format(new Date(iso)),
    until: (iso, now) => away(Date.parse(iso) - now, 1),
    age: (iso, now) => away(now - (typeof iso === 'number' ? iso : Date.parse(iso)), -1),
    duration: (milliseconds) => inUnits(Math.max(0, milliseconds), number, oneDigit),
    number: (value) => number.format(value),
    list: (items) => list.format(items),
  }
}

function inUnits(milliseconds: number, number: Intl.NumberFormat, oneDigit: Intl.NumberFormat): string {
  const two = (value: number) => String(value).padStart(2, '0')
  if (milliseconds < 1000) return `${number.format(Math.round(milliseconds))}\u00a0ms`
  if (milliseconds < 60_000) return `${oneDigit.format(Math.floor(milliseconds / 100) / 10)}\u00a0s`
  const seconds = Math.floor(milliseconds / 1000)
  if (seconds < 3600) return `${Math.floor(seconds / 60)}\u00a0min ${two(seconds % 60)}\u00a0s`
  return `${number.format(Math.floor(seconds / 3600))}\u00a0h ${two(Math.floor((seconds % 3600) / 60))}\u00a0min`
}
