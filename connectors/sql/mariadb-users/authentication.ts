/**
 * How a user of MariaDB proves who it is. Passwords are hashed here, so that the server's logs see none; what stands for a password in an
 * image is every way in that the user had, so that an undo gives back exactly those.
 */
import mysql from 'mysql2/promise'
import * as v from 'valibot'
import { GatewayError } from '#core/errors.ts'
import { nativeHash, nativePassword, sameHash } from '../users/native-password.ts'

const Way = v.object({ plugin: v.optional(v.string()), authentication_string: v.optional(v.string()) })

/** The part of global_priv that says it; an empty entry of `auth_or` stands for the one outside. */
export const Authentication = v.object({ ...Way.entries, auth_or: v.optional(v.array(Way)) })

const Secret = v.array(v.tuple([v.pipe(v.string(), v.regex(/^\w+$/)), v.string()]))
type Secret = v.InferOutput<typeof Secret>

/** A hash that no password has: nobody logs in. An empty one would let everybody in. */
const nobody: Secret = [[nativePassword, 'invalid']]

/** The ways in, as one text; null where nobody gets in by a password or otherwise. */
export function secretOf(priv: v.InferOutput<typeof Authentication>): string | null {
  const own = wayOf(priv)
  const ways = priv.auth_or?.map((way) => (way.plugin === undefined ? own : wayOf(way))) ?? [own]
  const text = JSON.stringify(ways)
  return text === JSON.stringify(nobody) ? null : text
}

function wayOf({
  plugin = nativePassword,
  authentication_string: hash = '',
}: v.InferOutput<typeof Way>): readonly [string, string] {
  return [plugin, hash]
}

/** The secret of a password. Throws `invalid` for an empty one. */
export function toSecret(password: string): string {
  if (password === '') throw new GatewayError('invalid', 'A password must not be empty', { sent: 'no' })
  return JSON.stringify([[nativePassword, nativeHash(password)]] satisfies Secret)
}

/** IDENTIFIED VIA …, for a secret as an image holds it; empty or null: nobody gets in. Throws `invalid` for another text. */
export function identifiedVia(secret: string | null): string {
  const ways = secret === null || secret === '' ? nobody : read(secret)
  if (ways === null) throw new GatewayError('invalid', 'The old password is kept in a form that is not known', { sent: 'no' })
  return `IDENTIFIED VIA ${ways.map(([plugin, hash]) => `${plugin}${hash === '' ? '' : ` USING ${mysql.escape(hash)}`}`).join(' OR ')}`
}

/** Says whether a password gets in; null where it cannot be told, as by other plugins. */
export function lets(secret: string, password: string): boolean | null {
  const ways = read(secret)
  if (ways === null) return null
  const hashes = ways.filter(([plugin]) => plugin === nativePassword).map(([, hash]) => hash)
  if (hashes.some((hash) => sameHash(hash, nativeHash(password)))) return true
  return hashes.length === ways.length ? false : null
}

function read(secret: string): Secret | null {
  try {
    return v.parse(Secret, JSON.parse(secret))
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof v.ValiError) return null
    throw error
  }
}
