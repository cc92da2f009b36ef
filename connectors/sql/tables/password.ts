/** Password hashes for the password column: written in the chosen form, checked in whichever of the forms the column holds. */
import { hash as argon2Hash, verify as argon2Verify } from '@node-rs/argon2'
import { GatewayError } from '#core/errors.ts'
import { pbkdf2, randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import type { HashName } from './config.ts'

const derivePbkdf2 = promisify(pbkdf2)
const deriveScrypt = promisify<string, Buffer, number, { N: number; r: number; p: number; maxmem: number }, Buffer>(scrypt)

/** OWASP's password storage recommendations of 2025 for argon2id, scrypt and PBKDF2-HMAC-SHA256. */
const argon2Cost = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }
const scryptCost = { ln: 15, r: 8, p: 3 }
const pbkdf2Rounds = 600_000

/** A salted hash of a clear password, in the form that applications store. Throws `invalid` for an empty password. */
export async function hashPassword(clear: string, name: HashName, prefix = ''): Promise<string> {
  if (clear === '') throw new GatewayError('invalid', 'A password must not be empty', { sent: 'no' })
  return prefix + (await hashers[name](clear))
}

const hashers: Readonly<Record<HashName, (clear: string) => Promise<string>>> = {
  argon2id: (clear) => argon2Hash(clear, argon2Cost),
  async scrypt(clear) {
    const salt = randomBytes(16)
    const key = await scryptKey(clear, salt, 32, scryptCost)
    return `$scrypt$ln=${scryptCost.ln},r=${scryptCost.r},p=${scryptCost.p}$${unpadded(salt)}$${unpadded(key)}`
  },
  async 'pbkdf2-sha256'(clear) {
    // Django wants printable salts, because the salt's text is what it feeds to the function.
    const salt = randomBytes(16).toString('hex')
    const key = await derivePbkdf2(clear, salt, pbkdf2Rounds, 32, 'sha256')
    return `pbkdf2_sha256$${pbkdf2Rounds}$${salt}$${key.toString('base64')}`
  },
}

/** Whether the clear password gives this hash; null when the hash is of a form that we cannot compute. */
export async function holdsPassword(stored: string, clear: string, prefix = ''): Promise<boolean | null> {
  const text = prefix !== '' && stored.startsWith(prefix) ? stored.slice(prefix.length) : stored
  if (text.startsWith('$argon2')) return argon2Verify(text, clear).catch(() => null)
  const scrypted = /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([\w+/]+)\$([\w+/]+)$/.exec(text)
  if (scrypted !== null) {
    const [, ln = '', r = '', p = '', salt = '', key = ''] = scrypted
    return equalKeys(key, (length) =>
      scryptKey(clear, Buffer.from(salt, 'base64'), length, { ln: Number(ln), r: Number(r), p: Number(p) }),
    )
  }
  const django = /^pbkdf2_sha256\$(\d{1,8})\$([^$]+)\$([\w+/=]+)$/.exec(text)
  if (django === null) return null
  const [, rounds = '', salt = '', key = ''] = django
  return equalKeys(key, (length) => derivePbkdf2(clear, salt, Number(rounds), length, 'sha256'))
}

async function equalKeys(expected: string, derive: (length: number) => Promise<Buffer>): Promise<boolean | null> {
  const wanted = Buffer.from(expected, 'base64')
  // Parameters beyond what the functions accept come from a hash that is not one.
  const found = await derive(wanted.length).catch(() => null)
  return found === null ? null : timingSafeEqual(found, wanted)
}

function scryptKey(
  clear: string,
  salt: Buffer,
  length: number,
  { ln, r, p }: { ln: number; r: number; p: number },
): Promise<Buffer> {
  return deriveScrypt(clear, salt, length, { N: 2 ** ln, r, p, maxmem: 256 * 1024 * 1024 })
}

function unpadded(bytes: Buffer): string {
  return bytes.toString('base64').replaceAll('=', '')
}
