/** What people type into a field of date and time is their own clock; the API speaks UTC. */

/** The instant of `2026-11-30T08:00` in a time zone, in ISO 8601; null for what is no such time there. In the hour that comes twice it is the first. */
export function instantOf(local: string, timeZone: string): string | null {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?$/.test(local)) return null
  const wanted = Date.parse(`${local}${local.length === 16 ? ':00' : ''}Z`)
  if (Number.isNaN(wanted)) return null
  // The zone's offset a day before and a day after: one of them is that of the time that was meant.
  const instants = [wanted - day, wanted + day].map((near) => wanted - (clockOf(near, timeZone) - near))
  const found = instants.toSorted((one, other) => one - other).find((instant) => clockOf(instant, timeZone) === wanted)
  return found === undefined ? null : new Date(found).toISOString()
}

const day = 86_400_000

/** What a clock in the zone shows at an instant, as if it were UTC; in milliseconds, whole seconds. */
function clockOf(instant: number, timeZone: string): number {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  })
  const part = Object.fromEntries(format.formatToParts(instant).map(({ type, value }) => [type, value]))
  return Date.parse(`${part['year']}-${part['month']}-${part['day']}T${part['hour']}:${part['minute']}:${part['second']}Z`)
}
