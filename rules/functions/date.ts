/** Dates as systems write them: one moment, or one day, read from any of their forms and written in the one that is wanted. */
import { functionPhrases } from '../phrases/functions.ts'
import { quoted } from '../phrases/words.ts'
import { FunctionProblem, textArgument } from './arguments.ts'
import { readMoment, toParts, type Parts } from './moments.ts'

type Writer = (at: Date, local: Parts) => string

const two = (number: number) => String(number).padStart(2, '0')
/** Between 1601-01-01, where FILETIME begins, and 1970-01-01. */
const filetimeOffsetMs = 11_644_473_600_000n

const writers: Readonly<Record<string, Writer>> = {
  iso: (_at, { year, month, day }) => `${year}-${two(month)}-${two(day)}`,
  fr: (_at, { year, month, day }) => `${two(day)}/${two(month)}/${year}`,
  instant: (at) => at.toISOString().replace(/\.000Z$/, 'Z'),
  generalizedTime: (at) => at.toISOString().replaceAll(/[-:T]|\.\d+/g, ''),
  filetime: (at) => String((BigInt(at.getTime()) + filetimeOffsetMs) * 10_000n),
}

/**
 * `$date(text, format?, zone?)` → the date in the form of `format`: `"iso"` (2026-01-31, unless told), `"fr"` (31/01/2026), `"instant"` (RFC 3339 in
 * UTC: 2026-01-31T00:00:00Z), `"generalizedTime"` (RFC 4517, section 3.3.13: 20260131000000Z) or `"filetime"` (units of 100 ns since 1601, as Active
 * Directory's accountExpires, [MS-DTYP] 2.3.3). `text` may be in any of these forms. A day without a time begins at midnight in `zone`, and
 * `"iso"` and `"fr"` write the day that it is there: an IANA name such as `"Europe/Paris"`; UTC unless told.
 *
 * `$date("31/01/2026")` → `"2026-01-31"`; `$date("2026-01-31", "filetime", "Europe/Paris")` → `"134142876000000000"`;
 * `$date("20260131120000Z", "fr")` → `"31/01/2026"`; no value, and the FILETIMEs that mean never (0 and the greatest) → no value. Fails when the
 * text is in none of these forms, when there is no such day, and for a format or a zone that is not known.
 */
export function date(text: unknown, format?: unknown, zone?: unknown): string | undefined {
  const given = textArgument('$date', 1, text)?.trim()
  const form = textArgument('$date', 2, format) ?? 'iso'
  const place = textArgument('$date', 3, zone) ?? 'UTC'
  const write = Object.hasOwn(writers, form) ? writers[form] : undefined
  if (write === undefined)
    throw new FunctionProblem(functionPhrases.oneOf({ name: '$date', position: '2', values: quoted(Object.keys(writers)) }))
  if (given === undefined || given === '') return undefined
  const at = readMoment(given, place)
  return at === null ? undefined : write(at, toParts(at, place))
}
