/**
 * People and their sessions. The cookie holds a random token; the database holds its hash, so a copy of the database opens no
 * session. Sessions end when they are idle, when they are old, and when the person logs out.
 */
import { createHash, randomBytes } from 'node:crypto'
import { hash, verify } from '@node-rs/argon2'
import type { Sql } from '#core/database.ts'
import type { Role } from '../api/types.ts'
import { decoy } from './decoy.ts'
import type { Actor } from './policy.ts'

export type Person = Extract<Actor, { kind: 'person' }>

export interface Sessions {
  /** A token for a new session, or null: wrong name or password; `throttled` when there were too many tries. */
  login(name: string, password: string): Promise<{ token: string; person: Person } | 'throttled' | null>
  find(token: string): Promise<Person | null>
  end(token: string): Promise<void>
  setLocale(name: string, locale: 'fr' | 'en'): Promise<void>
}

const idle = '8 hours'
const oldest = '7 days'
const triesPerWindow = 10
const windowMs = 5 * 60_000

const tokenHash = (token: string) => createHash('sha256').update(token).digest('hex')

export function createSessions(sql: Sql): Sessions {
  const tries = new Map<string, { count: number; until: number }>()

  function isThrottled(name: string): boolean {
    const now = Date.now()
    const known = tries.get(name)
    const current = known !== undefined && known.until > now ? known : { count: 0, until: now + windowMs }
    current.count++
    if (tries.size > 10_000) tries.clear()
    tries.set(name, current)
    return current.count > triesPerWindow
  }

  return {
    async login(name, password) {
      if (isThrottled(name)) return 'throttled'
      const [row] = await sql<{ name: string; role: Role; locale: 'fr' | 'en' | null; password_hash: string }[]>`
        select name, role, locale, password_hash from person where name = ${name}`
      const isRight = await verify(row?.password_hash ?? (await decoy()), password)
      if (row === undefined || !isRight) return null
      tries.delete(name)
      const token = randomBytes(32).toString('base64url')
      await sql`insert into session (token_hash, person) values (${tokenHash(token)}, ${row.name})`
      return { token, person: { kind: 'person', name: row.name, role: row.role, locale: row.locale } }
    },
    async find(token) {
      const [row] = await sql<{ name: string; role: Role; locale: 'fr' | 'en' | null }[]>`
        update session set seen_at = now() from person
        where token_hash = ${tokenHash(token)} and person.name = session.person
          and seen_at > now() - ${idle}::interval and session.created_at > now() - ${oldest}::interval
        returning person.name, person.role, person.locale`
      return row === undefined ? null : { kind: 'person', ...row }
    },
    async end(token) {
      await sql`delete from session where token_hash = ${tokenHash(token)}`
    },
    async setLocale(name, locale) {
      await sql`update person set locale = ${locale} where name = ${name}`
    },
  }
}

/** Creates the person unless there is one of that name; says whether it did. */
export async function createPerson(sql: Sql, name: string, role: Role, password: string): Promise<boolean> {
  const rows = await sql`
    insert into person (name, role, password_hash) values (${name}, ${role}, ${await hash(password)}) on conflict do nothing returning name`
  return rows.length > 0
}
