/** One configured domain as a worker holds it: logged-in connections for jobs, and what is known about the domain. */
import { createLocalCache } from '#core/cache.ts'
import type { Connection, OpenContext } from '#connectors/kit/connector.ts'
import { takeWire } from '#connectors/kit/ldap/job-wire.ts'
import { createWirePool } from '#connectors/kit/ldap/wires.ts'
import { testDomain } from './check.ts'
import type { ActiveDirectoryConfig } from './config.ts'
import { readDirectory } from './directory.ts'
import { createDriver } from './driver.ts'
import { toGatewayError } from './errors.ts'

export function connectDomain(config: ActiveDirectoryConfig, context: OpenContext): Connection {
  const { target, signal: ended, cache = createLocalCache().forTarget(target, 0) } = context
  const pool = createWirePool({ config, toError: toGatewayError })
  return {
    // A controller tells nobody when an operation of a lost connection ends; by its own time-out it would have answered.
    settlesWithinMs: config.timeoutMs,
    async open({ signal: job }) {
      const signal = ended === undefined ? job : AbortSignal.any([job, ended])
      const wire = await takeWire(pool, signal)
      try {
        return createDriver({ wire, directory: await readDirectory(wire, config, cache), cache, signal })
      } catch (error) {
        await wire[Symbol.asyncDispose]()
        throw error
      }
    },
    test: ({ signal }) => testDomain(config, cache, signal),
    [Symbol.asyncDispose]: () => pool[Symbol.asyncDispose](),
  }
}
