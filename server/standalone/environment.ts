/** The settings of the gateway on this machine: the environment's, or those of a standalone gateway's folder when there is one. */
import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { readEnvironment, type Environment } from '#core/environment.ts'
import { embeddedUrl } from './embedded-postgres.ts'

export interface MachineEnvironment {
  readonly environment: Environment
  readonly variables: Readonly<Record<string, string | undefined>>
}

export function environmentOfThisMachine(given: Readonly<Record<string, string | undefined>> = process.env): MachineEnvironment {
  const folder = resolve(given.PASSERELLE_DATA ?? '.passerelle')
  const variables: Record<string, string | undefined> = { ...given }
  const keep = (name: string, file: string) => {
    if (existsSync(join(folder, file))) variables[name] ??= readFileSync(join(folder, file), 'utf8').trim()
  }
  keep('PASSERELLE_KEY', 'key')
  keep('DEMO_API_KEY', 'demo-api-key')
  keep('MIDPOINT_PASSWORD', 'midpoint-password')
  variables.DATABASE_URL ??= embeddedUrl(join(folder, 'postgres')) ?? undefined
  variables.DEMO_DATABASE_URL ??= variables.DATABASE_URL
  return { environment: readEnvironment(variables), variables }
}
