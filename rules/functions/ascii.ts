/**
 * Names in letters that every system accepts. Older directories, mail systems and Unix accounts take ASCII only, and a person
 * must get the same login whether the accent was typed as one character (NFC) or as two (NFD).
 */
import { textArgument } from './arguments.ts'

/**
 * `$ascii(text)` → text in ASCII. Accents go (Élodie → Elodie), letters that Unicode does not decompose are written out
 * (Œ → OE, ß → ss, ø → o, ł → l, đ → d, þ → th), Greek and Cyrillic are transliterated letter by letter, typographic quotes and
 * dashes become ' and -. What has no simple ASCII form (Chinese, Arabic, emoji …) is left out. No language is assumed: ä → a, not ae.
 *
 * `$ascii("Œuvrard")` → `"Oeuvrard"`; `$ascii("Sørensen")` → `"Sorensen"`; `$ascii("Юлия")` → `"Yuliya"`; no value → no value.
 * Fails when the argument is a list or an object.
 */
export function ascii(text: unknown): string | undefined {
  const given = textArgument('$ascii', 1, text)
  return given === undefined ? undefined : toAscii(given)
}

/** Never empty for names in Latin, Greek or Cyrillic letters; may be empty for others. */
export function toAscii(text: string): string {
  if (isPrintableAscii.test(text)) return text
  const bare = text.normalize('NFKD').replaceAll(/\p{M}/gu, '')
  // The one Greek pair that every passport writes as one sound: ου is "ou", υ alone is "y".
  const letters = Array.from(bare.replaceAll(/(?<=[οΟ])υ/gu, 'u').replaceAll(/(?<=Ο)Υ/gu, 'U'))
  return letters.map((letter, index) => toLetters(letter, letters[index + 1])).join('')
}

const isPrintableAscii = /^[\x20-\x7e]*$/

function toLetters(letter: string, next: string | undefined): string {
  if (isPrintableAscii.test(letter)) return letter
  const written = table.get(letter)
  if (written !== undefined) return written
  const lower = letter.toLowerCase()
  const capital = lower === letter ? undefined : table.get(lower)
  if (capital === undefined) return isBlank.test(letter) ? ' ' : ''
  // "Œuvrard" becomes "Oeuvrard", "ŒUVRARD" becomes "OEUVRARD".
  const wordInCapitals = next === undefined || next.toLowerCase() !== next || next.toUpperCase() === next
  return wordInCapitals ? capital.toUpperCase() : capital.charAt(0).toUpperCase() + capital.slice(1)
}

const isBlank = /^\s$/u

/** Lower-case letters only, except where the capital is written in its own way. */
const table: ReadonlyMap<string, string> = new Map(
  Object.entries({
    // Latin letters that no Unicode decomposition takes apart.
    œ: 'oe',
    æ: 'ae',
    ß: 'ss',
    ẞ: 'SS',
    ø: 'o',
    ł: 'l',
    đ: 'd',
    ð: 'd',
    þ: 'th',
    ħ: 'h',
    ı: 'i',
    ŋ: 'n',
    ŧ: 't',
    ə: 'e',
    ɓ: 'b',
    ɗ: 'd',
    ƙ: 'k',
    ƒ: 'f',
    ʼ: "'",
    // Typography.
    '’': "'",
    '‘': "'",
    ʹ: "'",
    '´': "'",
    '“': '"',
    '”': '"',
    '«': '"',
    '»': '"',
    '–': '-',
    '—': '-',
    '‐': '-',
    '‑': '-',
    '−': '-',
    '⁄': '/',
    // Greek (after ISO 843, accents already gone).
    α: 'a',
    β: 'v',
    γ: 'g',
    δ: 'd',
    ε: 'e',
    ζ: 'z',
    η: 'i',
    θ: 'th',
    ι: 'i',
    κ: 'k',
    λ: 'l',
    μ: 'm',
    ν: 'n',
    ξ: 'x',
    ο: 'o',
    π: 'p',
    ρ: 'r',
    σ: 's',
    ς: 's',
    τ: 't',
    υ: 'y',
    φ: 'f',
    χ: 'ch',
    ψ: 'ps',
    ω: 'o',
    // Cyrillic (Russian, Ukrainian, Bulgarian, Serbian; after BGN/PCGN, simplified).
    а: 'a',
    б: 'b',
    в: 'v',
    г: 'g',
    ґ: 'g',
    д: 'd',
    ђ: 'dj',
    е: 'e',
    є: 'ye',
    ж: 'zh',
    з: 'z',
    ѕ: 'dz',
    и: 'i',
    і: 'i',
    ј: 'j',
    к: 'k',
    л: 'l',
    љ: 'lj',
    м: 'm',
    н: 'n',
    њ: 'nj',
    о: 'o',
    п: 'p',
    р: 'r',
    с: 's',
    т: 't',
    ћ: 'c',
    у: 'u',
    ф: 'f',
    х: 'kh',
    ц: 'ts',
    ч: 'ch',
    џ: 'dz',
    ш: 'sh',
    щ: 'shch',
    ъ: '',
    ы: 'y',
    ь: '',
    э: 'e',
    ю: 'yu',
    я: 'ya',
  }),
)
