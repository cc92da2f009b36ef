/**
 * Which programs may use any process, and which one process only. A rule set that has never run, or that hung or ballooned lately, works where
 * it can hold up nobody but its like: so an attack, or a draft that somebody is typing, costs the plans of others nothing.
 */

export interface Conduct {
  /** Whether the program may run beside everybody's; a new one may not. */
  isTrusted(hash: string): boolean
  /** How often it had to be stopped, lately. */
  strikes(hash: string): number
  /** It came to an end by itself. */
  behaved(hash: string): void
  /** A job of it holds a process for so long that others would notice: no further one does until that one has ended. */
  overstays(hash: string): void
  /** The job that overstayed has ended, or was stopped. */
  leaves(hash: string): void
  /** It had to be stopped. */
  misbehaved(hash: string): void
}

interface Record {
  strikes: number
  /** Good endings that are missing until it is trusted. */
  owed: number
  /** Jobs that overstay now. */
  overstaying: number
}

/** Programs that are remembered; what is forgotten begins anew, without trust. */
const mostRemembered = 1_000
/** Good endings after the first strike; twice as many after each further one. */
const probation = 20
const mostStrikes = 9

export function createConduct(): Conduct {
  const records = new Map<string, Record>()
  const recordOf = (hash: string): Record => {
    const known = records.get(hash) ?? { strikes: 0, owed: 1, overstaying: 0 }
    records.delete(hash)
    records.set(hash, known)
    for (const oldest of records.keys()) {
      if (records.size <= mostRemembered) break
      records.delete(oldest)
    }
    return known
  }
  return {
    isTrusted(hash) {
      const record = records.get(hash)
      return record?.owed === 0 && record.overstaying === 0
    },
    strikes: (hash) => records.get(hash)?.strikes ?? 0,
    behaved(hash) {
      const record = recordOf(hash)
      if (record.owed > 0 && --record.owed === 0) record.strikes = Math.max(0, record.strikes - 1)
    },
    overstays(hash) {
      recordOf(hash).overstaying++
    },
    leaves(hash) {
      const record = recordOf(hash)
      record.overstaying = Math.max(0, record.overstaying - 1)
    },
    misbehaved(hash) {
      const record = recordOf(hash)
      record.strikes = Math.min(mostStrikes, record.strikes + 1)
      record.owed = probation * 2 ** (record.strikes - 1)
    },
  }
}
