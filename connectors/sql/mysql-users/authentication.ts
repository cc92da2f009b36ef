/** The way in of a user of MySQL, as one text: what stands for a password in an image, so that an undo gives back exactly that. */
import * as v from 'valibot'
import { GatewayError } from '#core/errors.ts'
import { nativeHash, nativePassword, sameHash } from '../users/native-password.ts'
import { isSha2Of, nobody, sha2Password, toSha2 } from './password.ts'

/** The hash in hexadecimal: a salt may be of any characters. `expired`: the password must be changed at the next login. */
const Way = v.strictObject({
  plugin: v.pipe(v.string(), v.regex(/^\w+$/)),
  hash: v.pipe(v.string(), v.regex(/^(?:[0-9A-F]{2})*$/)),
  expired: v.boolean(),
})
type Way = v.InferOutput<typeof Way>

const textOf = (hex: string) => Buffer.from(hex, 'hex').toString()
const hexOf = (text: string) => Buffer.from(text).toString('hex').toUpperCase()
const ofNobody: Way = { plugin: sha2Password, hash: hexOf(nobody), expired: false }

/** Null where nobody gets in by a password or otherwise. */
export function secretOf(way: Way): string | null {
  return way.plugin === ofNobody.plugin && way.hash === ofNobody.hash ? null : JSON.stringify(way)
}

/** The secret of a password. Throws `invalid` for one that cannot be. */
export async function toSecret(password: string): Promise<string> {
  return JSON.stringify({ plugin: sha2Password, hash: hexOf(await toSha2(password)), expired: false } satisfies Way)
}

export interface WayIn {
  /** IDENTIFIED WITH … */
  readonly clause: string
  /** Whether PASSWORD EXPIRE must follow, in a statement of its own. */
  readonly expired: boolean
}

/** The way in of a secret as an image holds it; empty or null: nobody gets in. Throws `invalid` for another text. */
export function wayIn(secret: string | null): WayIn {
  const way = secret === null || secret === '' ? ofNobody : read(secret)
  if (way === null) throw new GatewayError('invalid', 'The old password is kept in a form that is not known', { sent: 'no' })
  const { plugin, hash, expired } = way
  return { clause: `IDENTIFIED WITH ${plugin}${hash === '' ? '' : ` AS 0x${hash}`}`, expired }
}

/** Says whether a password gets in; null where it cannot be told, as by other plugins. */
export async function lets(secret: string, password: string): Promise<boolean | null> {
  const way = read(secret)
  if (way?.plugin === sha2Password) return isSha2Of(textOf(way.hash), password)
  return way?.plugin === nativePassword ? sameHash(textOf(way.hash), nativeHash(password)) : null
}

function read(secret: string): Way | null {
  try {
    return v.parse(Way, JSON.parse(secret))
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof v.ValiError) return null
    throw error
  }
}
