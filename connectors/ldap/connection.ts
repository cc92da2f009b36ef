/** One configured directory as a worker holds it: bound connections for jobs, and what is known about the directory. */
import type { Connection, OpenContext } from '#connectors/kit/connector.ts'
import { createPool, type Pool } from '#connectors/kit/pool.ts'
import type { LdapConfig } from './config.ts'
import { readDirectory, type Directory } from './directory.ts'
import { createDriver } from './driver.ts'
import { testDirectory } from './test-connection.ts'
import { openWire, type Wire } from './wire.ts'

/** Schemas change rarely, but they do. */
const schemaLifeMs = 10 * 60_000
const idleMs = 30_000
/** Milliseconds an idle connection has to show that it works; a new one is made otherwise. */
const aliveMs = 2_000

export function connectDirectory(config: LdapConfig, { signal: ended }: Pick<OpenContext, 'signal'>): Connection {
  const pool = createPool<Wire>({
    size: config.poolSize,
    idleMs,
    open: (signal) => openWire({ config, login: { dn: config.bindDn, password: config.bindPassword }, signal }),
    isAlive,
    close: (wire) => wire.close(),
  })
  const directoryOf = rememberDirectory(config)
  return {
    // LDAP tells nobody when an operation of a lost connection ends; by its own time-out it would have answered.
    settlesWithinMs: config.timeoutMs,
    open: ({ signal }) => openDriver(pool, directoryOf, ended === undefined ? signal : AbortSignal.any([signal, ended])),
    test: ({ signal }) => testDirectory(config, signal),
    [Symbol.asyncDispose]: () => pool[Symbol.asyncDispose](),
  }
}

async function openDriver(pool: Pool<Wire>, directoryOf: (wire: Wire) => Promise<Directory>, signal: AbortSignal) {
  const lease = await pool.take(signal)
  try {
    return createDriver({ lease, directory: await directoryOf(lease.resource), signal })
  } catch (error) {
    await lease.discard()
    throw error
  }
}

/** Still bound as who it was (it cannot have reconnected), and the server answers. */
async function isAlive(wire: Wire): Promise<boolean> {
  if (!wire.usable) return false
  const late = setTimeout(() => wire.destroy(), aliveMs)
  try {
    await wire.run({ doing: 'looking whether the connection works', kind: 'read' }, (client) =>
      client.search('', { scope: 'base', attributes: ['1.1'] }),
    )
  } finally {
    clearTimeout(late)
  }
  return wire.usable
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
