/** Telephone numbers as systems want them: one form for a number, however people write it. */
import { parsePhoneNumberFromString, type CountryCode } from 'libphonenumber-js/min'
import { functionPhrases } from '../phrases/functions.ts'
import { quoted } from '../phrases/words.ts'
import { FunctionProblem, textArgument } from './arguments.ts'

const formats = ['E.164', 'international', 'national'] as const

/**
 * `$phone(text, country?, format?)` → the number in E.164 (ITU-T E.164: `+`, country code, number; 15 digits at most), or in another
 * format: `"international"`, `"national"`. Numbers without a country code are of `country`, `"FR"` unless told (ISO 3166-1 alpha-2).
 *
 * `$phone("01 23 45 67 89")` → `"+33123456789"`; `$phone("+33 (0)1.23.45.67.89")` → `"+33123456789"`; `$phone("0470 12 34 56", "BE")` →
 * `"+32470123456"`; `$phone("+33123456789", "FR", "national")` → `"01 23 45 67 89"`; no value → no value. Fails when the text is no
 * number of its country, when it is a list or an object, and for a country or a format that is not known.
 */
export function phone(text: unknown, country?: unknown, format?: unknown): string | undefined {
  const given = textArgument('$phone', 1, text)
  const region = textArgument('$phone', 2, country) ?? 'FR'
  const wanted = textArgument('$phone', 3, format) ?? 'E.164'
  if (!/^[A-Z]{2}$/.test(region)) throw new FunctionProblem(functionPhrases.country)
  if (!isFormat(wanted))
    throw new FunctionProblem(functionPhrases.oneOf({ name: '$phone', position: '3', values: quoted(formats) }))
  if (given === undefined) return undefined
  // As the French write it: the zero in brackets is dialled within the country only.
  const number = parsePhoneNumberFromString(given.replace(/^(\s*(?:\+|00)\d{1,3}\s*)\(0\)/, '$1'), region as CountryCode)
  if (number === undefined || !number.isValid()) throw new FunctionProblem(functionPhrases.noPhone({ country: region }))
  return wanted === 'E.164' ? number.number : number.format(wanted === 'national' ? 'NATIONAL' : 'INTERNATIONAL')
}

function isFormat(text: string): text is (typeof formats)[number] {
  return formats.some((format) => format === text)
}
