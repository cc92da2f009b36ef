/** What a service account must be able to do with users; each right is asked for in a way that changes nothing. */
import { GatewayError } from '#core/errors.ts'
import type { Step } from '#connectors/kit/probe.ts'
import type { SqlConfig } from '../config.ts'
import type { SqlConnection, SqlResult, Statement } from '../dialect.ts'
import { toGatewayError } from '../errors.ts'
import { refuseMysql } from './driver.ts'
import { granteeOf, nameOf } from './name.ts'
import { columns } from './user.ts'

export function mariadbSteps(target: string, config: SqlConfig, opened: () => SqlConnection): readonly Step[] {
  const ask = async (text: string, values: Statement['values'] = []): Promise<SqlResult> => {
    try {
      return await opened().run({ text, values })
    } catch (error) {
      throw toGatewayError(error, 'read', target)
    }
  }
  return [
    {
      check: 'rights',
      run: async () => {
        refuseMysql(target, String((await ask('SELECT VERSION()')).rows[0]?.[0]))
        const missing = await missingRights(ask)
        if (missing.length === 0) return 'the database user may create, change and remove users'
        throw new GatewayError('denied', `${target}: the database user lacks ${missing.join(', ')}`, {
          sent: 'no',
          hint: 'Grant these to the database user, and the roles WITH ADMIN OPTION.',
        })
      },
    },
    {
      check: 'schema',
      run: async () => {
        const groups = config.accounts.groups ?? []
        const { rows } = await ask(`SELECT User FROM mysql.global_priv WHERE Host = '' AND JSON_EXISTS(Priv, '$.is_role')`)
        const there = new Set(rows.map(([name]) => String(name)))
        const missing = groups.filter((group) => !there.has(group))
        if (missing.length === 0) return `${columns.length} attributes can be mapped`
        throw new GatewayError('config', `${target}: ${missing.length} of the roles in accounts.groups do not exist`, {
          sent: 'no',
          hint: 'Create them, or correct their names.',
        })
      },
    },
  ]
}

async function missingRights(
  ask: (text: string, values?: Statement['values']) => Promise<SqlResult>,
): Promise<readonly string[]> {
  const missing: string[] = []
  try {
    await ask('SELECT 1 FROM mysql.global_priv, mysql.roles_mapping, mysql.procs_priv, mysql.proxies_priv LIMIT 1')
  } catch (error) {
    if (!(error instanceof GatewayError) || error.code !== 'denied') throw error
    missing.push('SELECT on the database mysql')
  }
  const self = nameOf(String((await ask('SELECT CURRENT_USER()')).rows[0]?.[0]))
  const { rows } = await ask('SELECT privilege_type FROM information_schema.user_privileges WHERE grantee = ?', [granteeOf(self)])
  const held = new Set(rows.map(([privilege]) => String(privilege)))
  return [...missing, ...(held.has('CREATE USER') || held.has('SUPER') ? [] : ['CREATE USER'])]
}
