/**
 * A driver that writes only while its worker's claim holds. A worker that froze between reading and writing wakes up where it was: somebody
 * else may have taken the step since, ended it, and let the next request of the identity go on. The target knows no fences, so the worker
 * itself must look, right before each write.
 */
import { GatewayError } from '#core/errors.ts'
import type { Driver } from '#connectors/kit/connector.ts'
import type { Lease } from './leases.ts'

/** The same driver; its writing methods throw `transient` (nothing was sent) once the lease has run out. */
export function whileHeld(driver: Driver, lease: Pick<Lease, 'isHeld'>): Driver {
  async function write<Result>(call: () => Promise<Result>): Promise<Result> {
    if (!lease.isHeld())
      throw new GatewayError('transient', 'the claim ran out before the call; nothing was sent', { sent: 'no' })
    return call()
  }
  const { spelling, blind, restoreSecrets, resetSecret } = driver
  return {
    ...(spelling !== undefined && { spelling }),
    ...(blind !== undefined && { blind }),
    find: (key) => driver.find(key),
    create: (draft) => write(() => driver.create(draft)),
    modify: (current, writes, secrets) => write(() => driver.modify(current, writes, secrets)),
    remove: (current) => write(() => driver.remove(current)),
    restore: (account) => write(() => driver.restore(account)),
    holdsSecret: (current, attribute, secret) => driver.holdsSecret(current, attribute, secret),
    ...(restoreSecrets !== undefined && {
      restoreSecrets: (current, secrets) => write(() => restoreSecrets.call(driver, current, secrets)),
    }),
    ...(resetSecret !== undefined && {
      resetSecret: (current, attribute, secret) => write(() => resetSecret.call(driver, current, attribute, secret)),
    }),
    testConnection: () => driver.testConnection(),
    discoverSchema: () => driver.discoverSchema(),
    list: (pageSize, after) => driver.list(pageSize, after),
    [Symbol.asyncDispose]: () => driver[Symbol.asyncDispose](),
  }
}
