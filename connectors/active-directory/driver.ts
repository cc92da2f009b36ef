/** The driver of one job: its own logged-in connection, thrown away after any error. */
import type { TargetCache } from '#core/cache.ts'
import type { Driver } from '#connectors/kit/connector.ts'
import type { Wire } from '#connectors/kit/ldap/wire.ts'
import { untilEnd } from '#connectors/kit/ldap/wires.ts'
import type { Lease } from '#connectors/kit/pool.ts'
import { createAccount, modifyAccount, removeAccount } from './changes.ts'
import { testDomain } from './check.ts'
import type { Directory } from './directory.ts'
import { findAccount, listAccounts } from './lookup.ts'
import { holdsSecret } from './password.ts'
import { restoreAccount } from './restore.ts'
import { accountSchema } from './schema.ts'

export interface DriverOptions {
  readonly lease: Lease<Wire>
  readonly directory: Directory
  readonly cache: TargetCache
  /** Aborting it ends what is under way, with an unknown outcome for a write. */
  readonly signal: AbortSignal
}

export function createDriver({ lease, directory, cache, signal }: DriverOptions): Driver {
  const wire = lease.resource
  const target = { wire, directory }
  return {
    spelling: directory.spelling,
    find: (key) => findAccount(wire, directory, key),
    create: (draft) => createAccount(target, draft),
    modify: (current, writes, secrets) => modifyAccount(target, current, writes, secrets),
    remove: (current) => removeAccount(target, current),
    restore: (account) => restoreAccount(target, account),
    holdsSecret: (current, attribute, secret) => holdsSecret(wire, directory, signal, { current, attribute, secret }),
    testConnection: () => testDomain(directory.config, cache, signal),
    discoverSchema: async () => accountSchema(directory.schema, directory.config),
    list: (pageSize) => listAccounts(wire, directory, pageSize),
    ...untilEnd(lease, signal),
  }
}
