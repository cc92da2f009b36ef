/** Opens drivers for the accounts of a database server: roles of PostgreSQL, users of MariaDB and MySQL. */
import type { ConnectionReport, Driver } from '#connectors/kit/connector.ts'
import type { SqlConfig } from '../config.ts'
import type { Conversation } from '../conversation.ts'
import type { Dialect } from '../dialect.ts'
import { testInSteps } from '../login.ts'
import { userSteps } from '../users/check.ts'
import { createUserOpener } from '../users/driver.ts'
import { postgresSteps } from '../roles/check.ts'
import { createPostgresOpener } from '../roles/driver.ts'
import type { AccountsTarget } from './target.ts'

export function createAccountOpener(target: Omit<AccountsTarget, 'test'>): (conversation: Conversation) => Promise<Driver> {
  const test = () => testAccounts(target.target, target.dialect, target.config)
  const createOpener = target.config.dialect === 'postgres' ? createPostgresOpener : createUserOpener
  return createOpener({ ...target, test })
}

/** Tries each step; the first failure ends the test. Never throws. */
export function testAccounts(target: string, dialect: Dialect, config: SqlConfig): Promise<ConnectionReport> {
  const steps = config.dialect === 'postgres' ? postgresSteps : userSteps
  return testInSteps(target, dialect, config, (opened) => steps(target, config, opened))
}
