/**
 * Real systems that not every machine can have. Where one is missing, its tests are left out and the run says which connector was not proven, why,
 * and how to get it; with REQUIRE_ALL=1 the run fails instead, unless what is missing may be missing for a day through nobody's fault.
 */
import { ensureFirebaseTools } from './install-firebase.mjs'
import { ensureKeycloak } from './install-keycloak.mjs'
import { ensureMysql } from './install-mysql.mjs'
import { ensureOdoo } from './install-odoo.mjs'
import { ensureSamba } from './install-samba.mjs'

/**
 * `ensure` returns the variable that tests find the system by. `alsoIn` are files that use it where it is there, and run without it.
 * @type {readonly { connector: string, files: RegExp, ensure: () => Record<string, string>, given: string, alsoIn?: RegExp, mayBeMissing?: boolean }[]}
 */
const systems = [
  {
    connector: 'firebase',
    files: /^tests\/.*(firebase|every-system)/,
    ensure: () => ({ FIREBASE_TOOLS_HOME: ensureFirebaseTools() }),
    given: 'FIREBASE_URL',
  },
  {
    connector: 'keycloak',
    files: /^tests\/.*(keycloak|every-system)/,
    ensure: () => ({ KEYCLOAK_HOME: ensureKeycloak() }),
    given: 'KEYCLOAK_URL',
  },
  {
    connector: 'active-directory',
    files: /^tests\/.*(active-directory|every-system)/,
    ensure: () => ({ SAMBA_HOME: ensureSamba() }),
    given: 'SAMBA_HOME',
  },
  {
    connector: 'odoo',
    files: /^tests\/.*odoo/,
    alsoIn: /^tests\/.*every-system/,
    ensure: () => ({ ODOO_HOME: ensureOdoo() }),
    given: 'ODOO_HOME',
    mayBeMissing: true,
  },
  {
    connector: 'sql (MySQL)',
    files: /^tests\/.*sql-mysql/,
    alsoIn: /^tests\/.*sql-(table|logins|tls|users)\.contract|^tests\/harness\/servers/,
    ensure: () => ({ MYSQL_HOME: ensureMysql() }),
    given: 'MYSQL_HOME',
    mayBeMissing: true,
  },
]

/**
 * @param {readonly string[]} files
 * @returns {{ files: readonly string[], missing: readonly string[] }} the files that can run, and a sentence for each connector that is not proven
 * @throws {Error} when something is missing and everything is required
 */
export function ensureOptional(files, requireAll = process.env.REQUIRE_ALL === '1', wanted = systems) {
  let left = files
  const missing = []
  for (const { connector, files: own, ensure, given, alsoIn, mayBeMissing = false } of wanted) {
    const isWanted = left.some((file) => own.test(file) || alsoIn?.test(file) === true)
    if (!isWanted || process.env[given] !== undefined) continue
    try {
      Object.assign(process.env, ensure())
    } catch (error) {
      const sentence = `not proven: the connector ${connector}. ${error.message}`
      if (requireAll && !mayBeMissing) throw new Error(sentence)
      missing.push(sentence)
      left = left.filter((file) => !own.test(file))
    }
  }
  return { files: left, missing }
}
