/**
 * The credentials of sources: API keys of 256 random bits, found by their hash, and HTTP Basic with an argon2id hash. Verifying
 * argon2id takes tens of milliseconds by design, so what was verified is remembered, as a keyed digest, for a few minutes.
 */
import { createHash, createHmac, randomBytes } from 'node:crypto'
import { verify } from '@node-rs/argon2'
import { decoy } from './decoy.ts'
import type { Sql } from '#core/database.ts'
import { GatewayError } from '#core/errors.ts'

export interface Credentials {
  /** The source's name, or null when the header names none that is right. Throws `throttled` after too many wrong passwords for a name. */
  authenticate(authorization: string): Promise<string | null>
  /** Forgets what was verified: the configuration changed. */
  refresh(): void
}

const rememberMs = 5 * 60_000
/** Wrong passwords for one name after which only one try in so many milliseconds is looked at, until none was wrong for a while. */
const triesAtOnce = 10
const tryEveryMs = 5_000
const forgetMs = 5 * 60_000

export function hashApiKey(key: string): string {
  return createHash('sha256').update(key).digest('hex')
}

export function createCredentials(sql: Sql, now: () => number = Date.now): Credentials {
  const tries = createTries(now)
  const digestKey = randomBytes(32)
  const under = new Map<string, Promise<string | null>>()
  let remembered = new Map<string, { source: string; until: number }>()

  async function verifyHeader(authorization: string): Promise<string | null> {
    const [, scheme = '', value = ''] = /^(\w+) +(\S+)$/.exec(authorization.trim()) ?? []
    if (scheme.toLowerCase() === 'bearer') {
      const [row] = await sql<
        { source: string }[]
      >`select source from source_credential where kind = 'api_key' and login = ${hashApiKey(value)}`
      return row?.source ?? null
    }
    if (scheme.toLowerCase() !== 'basic') return null
    const [, name = '', password = ''] = /^([^:]*):(.*)$/s.exec(Buffer.from(value, 'base64').toString('utf8')) ?? []
    tries.begin(name)
    const [row] = await sql<
      { source: string; hash: string }[]
    >`select source, hash from source_credential where kind = 'basic' and login = ${name}`
    const isRight = await verify(row?.hash ?? (await decoy()), password)
    if (row === undefined || !isRight) return null
    tries.forget(name)
    return row.source
  }
  /** The same header at once, as a client's burst sends it, is verified once. */
  function verifyOnce(digest: string, authorization: string): Promise<string | null> {
    const verifying = under.get(digest) ?? verifyHeader(authorization).finally(() => under.delete(digest))
    under.set(digest, verifying)
    return verifying
  }

  return {
    async authenticate(authorization) {
      const digest = createHmac('sha256', digestKey).update(authorization).digest('base64')
      const known = remembered.get(digest)
      if (known !== undefined && known.until > Date.now()) return known.source
      const remembering = remembered
      const source = await verifyOnce(digest, authorization)
      if (source === null) return null
      // What was read before the configuration changed goes into the memory of that time, which nobody looks at any more.
      if (remembering.size > 1_000) remembering.clear()
      remembering.set(digest, { source, until: Date.now() + rememberMs })
      return source
    },
    refresh() {
      remembered = new Map()
    },
  }
}

/**
 * Tries by user name that were not right, or are not known to be. Whoever guesses gets one try in a while; so does the name's owner in that
 * time, unless they were let in a few minutes ago and are remembered.
 */
function createTries(now: () => number) {
  const known = new Map<string, { count: number; until: number; nextAt: number }>()
  return {
    /** Counts a try. Throws `throttled` with the time until the next one. */
    begin(name: string): void {
      const before = known.get(name)
      const tried = before !== undefined && before.until > now() ? before : { count: 0, until: 0, nextAt: 0 }
      if (tried.count >= triesAtOnce && tried.nextAt > now())
        throw new GatewayError('throttled', 'too many wrong passwords for this name', { retryAfterMs: tried.nextAt - now() })
      if (known.size >= 10_000) known.clear()
      known.set(name, { count: tried.count + 1, until: now() + forgetMs, nextAt: now() + tryEveryMs })
    },
    /** It was right. */
    forget(name: string): void {
      known.delete(name)
    },
  }
}
