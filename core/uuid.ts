/** Ids that sort by time (UUID version 7, RFC 9562 §5.7), so that new rows stand together in their indexes. */
import { randomFillSync } from 'node:crypto'

/** Random bytes are asked for by the pool: the system call costs more than the bytes. */
const pool = Buffer.alloc(16 * 256)
let used = pool.length

function randomBytes(): Buffer {
  if (used === pool.length) {
    randomFillSync(pool)
    used = 0
  }
  return pool.subarray(used, (used += 16))
}

export function uuidv7(now: number = Date.now()): string {
  const bytes = randomBytes()
  bytes.writeUIntBE(now, 0, 6)
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x70, 6)
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8)
  const hex = bytes.toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

const pattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

export function isUuid(text: string): boolean {
  return pattern.test(text)
}
