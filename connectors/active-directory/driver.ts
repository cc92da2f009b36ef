/** The driver of one job: its own logged-in connection, thrown away after any error. */
import type { TargetCache } from '#core/cache.ts'
import type { Driver } from '#connectors/kit/connector.ts'
import type { JobWire } from '#connectors/kit/ldap/job-wire.ts'
import { createAccount, modifyAccount, removeAccount, resetPassword } from './changes.ts'
import { testDomain } from './check.ts'
import type { Directory } from './directory.ts'
import { findAccount, listAccounts } from './lookup.ts'
import { holdsSecret } from './password.ts'
import { restoreAccount } from './restore.ts'
import { accountSchema } from './schema.ts'
import { surveyDomain } from './survey.ts'

export interface DriverOptions {
  /** Ends with the driver. */
  readonly wire: JobWire
  readonly directory: Directory
  readonly cache: TargetCache
  /** Aborting it ends what is under way, with an unknown outcome for a write. */
  readonly signal: AbortSignal
}

export function createDriver({ wire, directory, cache, signal }: DriverOptions): Driver {
  const target = { wire, directory }
  return {
    spelling: directory.spelling,
    find: (key) => findAccount(wire, directory, key),
    create: (draft) => createAccount(target, draft),
    modify: (current, writes, secrets) => modifyAccount(target, current, writes, secrets),
    remove: (current) => removeAccount(target, current),
    restore: (account) => restoreAccount(target, account),
    resetSecret: (current, attribute, secret) => resetPassword(target, current, attribute, secret),
    holdsSecret: (current, attribute, secret) => holdsSecret(wire, directory, signal, { current, attribute, secret }),
    testConnection: () => testDomain(directory.config, cache, signal),
    discoverSchema: async () => accountSchema(directory.schema, directory.config),
    survey: () => surveyDomain(wire, directory.config),
    list: (pageSize) => listAccounts(wire, directory, pageSize),
    [Symbol.asyncDispose]: () => wire[Symbol.asyncDispose](),
  }
}
