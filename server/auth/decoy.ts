/** A password hash that nothing fits: verified for unknown names, so that "no such name" takes as long as "wrong password". */
import { randomBytes } from 'node:crypto'
import { hash } from '@node-rs/argon2'

let made: Promise<string> | undefined

export function decoy(): Promise<string> {
  made ??= hash(randomBytes(32))
  return made
}
