/** The driver of one job: its own bound connection, thrown away after any error. */
import type { Account } from '#core/account.ts'
import { isGatewayError } from '#core/errors.ts'
import type { Driver } from '#connectors/kit/connector.ts'
import type { JobWire } from '#connectors/kit/ldap/job-wire.ts'
import { openWire, type Wire } from '#connectors/kit/ldap/wire.ts'
import { createAccount, modifyAccount, removeAccount } from './changes.ts'
import type { Directory } from './directory.ts'
import { toGatewayError } from './errors.ts'
import { findAccount, listAccounts } from './lookup.ts'
import { unpacked } from './mapping.ts'
import { matchesHash } from './password.ts'
import { resetPassword, restoreAccount, restorePasswords } from './restore.ts'
import { accountSchema } from './schema.ts'
import { surveyDirectory } from './survey.ts'
import { testDirectory } from './test-connection.ts'

export interface DriverOptions {
  /** Ends with the driver. */
  readonly wire: JobWire
  readonly directory: Directory
  /** Aborting it ends what is under way, with an unknown outcome for a write. */
  readonly signal: AbortSignal
}

export function createDriver({ wire, directory, signal }: DriverOptions): Driver {
  const target = { wire, directory }
  return {
    spelling: directory.spelling,
    find: (key) => findAccount(wire, directory, key),
    create: async (draft) => placeOf(await createAccount(target, draft)),
    modify: (current, writes, secrets) => modifyAccount(target, current, writes, secrets),
    remove: (current) => removeAccount(target, current),
    restore: async (account) => placeOf(await restoreAccount(target, account)),
    holdsSecret: (current, attribute, secret) => holdsSecret(directory, wire, signal, { current, attribute, secret }),
    restoreSecrets: (current, secrets) => restorePasswords(target, current, secrets),
    resetSecret: (current, attribute, secret) => resetPassword(target, current, attribute, secret),
    testConnection: () => testDirectory(directory.config, signal),
    discoverSchema: async () => accountSchema(directory.schema, directory.config),
    survey: () => surveyDirectory(wire, directory),
    list: (pageSize) => listAccounts(wire, directory, pageSize),
    [Symbol.asyncDispose]: () => wire[Symbol.asyncDispose](),
  }
}

function placeOf({ nativeId, label }: Pick<Account, 'nativeId' | 'label'>) {
  return { nativeId, label }
}

interface Question {
  readonly current: Account
  readonly attribute: string
  readonly secret: string
}

/**
 * By the stored hash where it can be read, by a bind on a connection of its own otherwise. A bind with a wrong password may count
 * as a failed login. Null for a disabled account that only a bind could tell about.
 */
async function holdsSecret(directory: Directory, wire: Wire, signal: AbortSignal, question: Question): Promise<boolean | null> {
  const { config } = directory
  const { attribute, secret } = question
  // A bind with a DN and no password is anonymous and succeeds (RFC 4513 §5.1.2).
  if (attribute.toLowerCase() !== config.passwordAttribute.toLowerCase() || secret === '') return false
  const account = await findAccount(wire, directory, { nativeId: question.current.nativeId, correlate: {} })
  if (account === null) return false
  const answers = await Promise.all(
    unpacked(account.secrets?.[config.passwordAttribute] ?? '').map((hash) => matchesHash(hash, secret)),
  )
  if (answers.includes(true)) return true
  if (answers.length > 0 && !answers.includes(null)) return false
  try {
    const login = await openWire({
      config,
      toError: toGatewayError,
      login: { dn: account.label, password: secret },
      signal,
    })
    await login.close()
    return true
  } catch (error) {
    if (!isGatewayError(error) || error.code !== 'auth') throw error
    return account.enabled ? false : null
  }
}
