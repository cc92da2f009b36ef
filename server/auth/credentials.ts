/**
 * The credentials of sources: API keys of 256 random bits, found by their hash, and HTTP Basic with an argon2id hash. Verifying
 * argon2id takes tens of milliseconds by design, so what was verified is remembered, as a keyed digest, for a few minutes.
 */
import { createHash, createHmac, randomBytes } from 'node:crypto'
import { verify } from '@node-rs/argon2'
import { decoy } from './decoy.ts'
import type { Sql } from '#core/database.ts'

export interface Credentials {
  /** The source's name, or null when the header names none that is right. */
  authenticate(authorization: string): Promise<string | null>
  /** Forgets what was verified: the configuration changed. */
  refresh(): void
}

const rememberMs = 5 * 60_000

export function hashApiKey(key: string): string {
  return createHash('sha256').update(key).digest('hex')
}

export function createCredentials(sql: Sql): Credentials {
  const digestKey = randomBytes(32)
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
    const [row] = await sql<
      { source: string; hash: string }[]
    >`select source, hash from source_credential where kind = 'basic' and login = ${name}`
    const isRight = await verify(row?.hash ?? (await decoy()), password)
    return row !== undefined && isRight ? row.source : null
  }

  return {
    async authenticate(authorization) {
      const digest = createHmac('sha256', digestKey).update(authorization).digest('base64')
      const known = remembered.get(digest)
      if (known !== undefined && known.until > Date.now()) return known.source
      const remembering = remembered
      const source = await verifyHeader(authorization)
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
