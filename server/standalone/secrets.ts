/** The secrets of a standalone gateway, made once and kept in files that only their owner reads. */
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export interface StandaloneSecrets {
  readonly key: string
  readonly adminPassword: string
  readonly demoApiKey: string
  readonly midpointPassword: string
}

export function standaloneSecrets(folder: string): StandaloneSecrets {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const once = (name: string, make: () => string) => {
    const file = join(folder, name)
    if (!existsSync(file)) writeFileSync(file, make(), { mode: 0o600 })
    return readFileSync(file, 'utf8').trim()
  }
  return {
    key: once('key', () => randomBytes(32).toString('base64')),
    adminPassword: randomBytes(12).toString('base64url'),
    demoApiKey: once('demo-api-key', () => `psk_${randomBytes(32).toString('base64url')}`),
    midpointPassword: once('midpoint-password', () => randomBytes(18).toString('base64url')),
  }
}
