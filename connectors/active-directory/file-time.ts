/** Times of Active Directory count 100 ns from 1601 ([MS-DTYP] §2.3.3); rules and people write them as in ISO 8601. */

const ticksPerSecond = 10_000_000n
const epoch = 11_644_473_600n
/** What a new account has; zero means the same. */
export const never = '9223372036854775807'

/** Null for "never". A fraction keeps all its seven digits. */
export function toIso(fileTime: string): string | null {
  if (fileTime === '0' || fileTime === never) return null
  const ticks = BigInt(fileTime)
  const seconds = Number(ticks / ticksPerSecond - epoch)
  const fraction = String(ticks % ticksPerSecond).padStart(7, '0')
  return `${new Date(seconds * 1_000).toISOString().slice(0, 19)}${/^0+$/.test(fraction) ? '' : `.${fraction}`}Z`
}

/** Null for a text that is no time; a day alone begins at midnight UTC. */
export function toFileTime(iso: string): string | null {
  const found = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.(\d{1,7}))?)?(?:Z|[+-]\d{2}:?\d{2})?)?$/.exec(iso.trim())
  if (found === null) return null
  const withZone = /T.*(?:Z|[+-]\d{2}:?\d{2})$/.test(iso.trim()) || !iso.includes('T') ? iso.trim() : `${iso.trim()}Z`
  const milliseconds = Date.parse(withZone)
  if (Number.isNaN(milliseconds)) return null
  const ticks = (BigInt(Math.floor(milliseconds / 1_000)) + epoch) * ticksPerSecond + BigInt((found[1] ?? '').padEnd(7, '0'))
  return ticks > 0n && ticks < BigInt(never) ? String(ticks) : null
}
