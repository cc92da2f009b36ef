/** One configured directory as a worker holds it: bound connections for jobs, and what is known about the directory. */
import type { Connection, OpenContext } from '#connectors/kit/connector.ts'
import { takeWire } from '#connectors/kit/ldap/job-wire.ts'
import type { BoundWire, Wire } from '#connectors/kit/ldap/wire.ts'
import { createWirePool } from '#connectors/kit/ldap/wires.ts'
import type { Pool } from '#connectors/kit/pool.ts'
import type { LdapConfig } from './config.ts'
import { readDirectory, type Directory } from './directory.ts'
import { createDriver } from './driver.ts'
import { toGatewayError } from './errors.ts'
import { testDirectory } from './test-connection.ts'

/** Schemas change rarely, but they do. */
const schemaLifeMs = 10 * 60_000

export function connectDirectory(config: LdapConfig, { signal: ended }: Pick<OpenContext, 'signal'>): Connection {
  const pool = createWirePool({ config, toError: toGatewayError })
  const directoryOf = rememberDirectory(config)
  return {
    // LDAP tells nobody when an operation of a lost connection ends; by its own time-out it would have answered.
    settlesWithinMs: config.timeoutMs,
    open: ({ signal }) => openDriver(pool, directoryOf, ended === undefined ? signal : AbortSignal.any([signal, ended])),
    test: ({ signal }) => testDirectory(config, signal),
    [Symbol.asyncDispose]: () => pool[Symbol.asyncDispose](),
  }
}

async function openDriver(pool: Pool<BoundWire>, directoryOf: (wire: Wire) => Promise<Directory>, signal: AbortSignal) {
  const wire = await takeWire(pool, signal)
  try {
    return createDriver({ wire, directory: await directoryOf(wire), signal })
  } catch (error) {
    await wire[Symbol.asyncDispose]()
    throw error
  }
}

function rememberDirectory(config: LdapConfig): (wire: Wire) => Promise<Directory> {
  let known: { readonly directory: Directory; readonly until: number } | null = null
  return async (wire) => {
    if (known === null || performance.now() > known.until) {
      known = { directory: await readDirectory(wire, config), until: performance.now() + schemaLifeMs }
    }
    return known.directory
  }
}
