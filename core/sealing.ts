/**
 * Envelope encryption for everything secret. Each secret has a data key of its own, wrapped by the key-encryption key, so
 * that rotating the latter never touches the data. What a secret is for is authenticated with it: a ciphertext copied to
 * another row does not open.
 *
 * AES-256-GCM as in NIST SP 800-38D: 96-bit random nonces, 128-bit tags.
 */
import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto'
import { GatewayError } from './errors.ts'

const version = 1
const nonceBytes = 12
const tagBytes = 16
const wrappedBytes = nonceBytes + 32 + tagBytes

export interface Sealer {
  /** `purpose` names table, row and use (`step|<id>|before`); the same words are needed to open. */
  seal(purpose: string, clear: string): Buffer
  /** Throws `config` when the key is another one, or when the data was changed or moved. */
  open(purpose: string, sealed: Uint8Array): string
  /** A key of its own for another use, such as the audit chain. */
  derive(use: string): Buffer
}

/** @param key the key-encryption key, 32 bytes in base64 */
export function createSealer(key: string): Sealer {
  const wrappingKey = Buffer.from(key, 'base64')
  const keyId = createHash('sha256').update('passerelle key id').update(wrappingKey).digest().subarray(0, 4)

  return {
    seal(purpose, clear) {
      const dataKey = randomBytes(32)
      const header = Buffer.concat([Buffer.of(version), keyId])
      return Buffer.concat([
        header,
        encrypt(wrappingKey, dataKey, purpose),
        encrypt(dataKey, Buffer.from(clear, 'utf8'), purpose),
      ])
    },
    open(purpose, sealed) {
      const bytes = Buffer.from(sealed)
      if (bytes[0] !== version || !bytes.subarray(1, 5).equals(keyId))
        throw new GatewayError('config', 'a secret was sealed with another key', {
          hint: 'start with the key that sealed it (PASSERELLE_KEY)',
        })
      try {
        const dataKey = decrypt(wrappingKey, bytes.subarray(5, 5 + wrappedBytes), purpose)
        return decrypt(dataKey, bytes.subarray(5 + wrappedBytes), purpose).toString('utf8')
      } catch (cause) {
        throw new GatewayError('config', 'a sealed secret was changed or moved and cannot be opened', { cause })
      }
    },
    derive: (use) => Buffer.from(hkdfSync('sha256', wrappingKey, 'passerelle', use, 32)),
  }
}

function encrypt(key: Buffer, clear: Buffer, purpose: string): Buffer {
  const nonce = randomBytes(nonceBytes)
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(purpose, 'utf8'))
  return Buffer.concat([nonce, cipher.update(clear), cipher.final(), cipher.getAuthTag()])
}

function decrypt(key: Buffer, sealed: Buffer, purpose: string): Buffer {
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, nonceBytes)).setAAD(Buffer.from(purpose, 'utf8'))
  decipher.setAuthTag(sealed.subarray(sealed.length - tagBytes))
  return Buffer.concat([decipher.update(sealed.subarray(nonceBytes, sealed.length - tagBytes)), decipher.final()])
}
