/**
 * How many jobs of one process may be at a target at once, for systems that are spoken to without a pool of connections: each of their calls
 * takes one of the few workers of a server that people use too.
 */
import type { Connection, Driver } from './connector.ts'
import { createPool } from './pool.ts'

/** The same connection, with so many drivers open at most: whoever comes then waits, and throws `transient` when its job ends first. */
export function withPlaces(connection: Connection, size: number): Connection {
  const places = createPool({ size, open: async () => null, isAlive: async () => true, close: () => undefined, idleMs: 1_000 })
  const open = connection.open.bind(connection)
  const close = connection[Symbol.asyncDispose].bind(connection)
  return Object.assign(connection, {
    async open(options: Parameters<Connection['open']>[0]) {
      const place = await places.take(options.signal)
      try {
        return thenLeaving(await open(options), () => place.giveBack())
      } catch (error) {
        place.giveBack()
        throw error
      }
    },
    async [Symbol.asyncDispose]() {
      await places[Symbol.asyncDispose]()
      await close()
    },
  })
}

function thenLeaving(driver: Driver, leave: () => void): Driver {
  const close = driver[Symbol.asyncDispose].bind(driver)
  return Object.assign(driver, {
    async [Symbol.asyncDispose]() {
      try {
        await close()
      } finally {
        leave()
      }
    },
  })
}
