/** mysql_native_password: how MariaDB proves a password, and MySQL before 9 where it was told to. */
import { createHash, timingSafeEqual } from 'node:crypto'

export const nativePassword = 'mysql_native_password'

/** `*` and SHA1(SHA1(password)): what PASSWORD() of the server makes. */
export function nativeHash(password: string): string {
  const once = createHash('sha1').update(password).digest()
  return `*${createHash('sha1').update(once).digest('hex').toUpperCase()}`
}

export function sameHash(left: string, right: string): boolean {
  return left.length === right.length && timingSafeEqual(Buffer.from(left), Buffer.from(right))
}
