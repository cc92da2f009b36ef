/** What a service account must be able to do with users; each right is asked for in a way that changes nothing. */
import { GatewayError } from '#core/errors.ts'
import type { Step } from '#connectors/kit/probe.ts'
import type { SqlConfig } from '../config.ts'
import type { SqlConnection, SqlResult, Statement } from '../dialect.ts'
import { toGatewayError } from '../errors.ts'
import { phrases } from '../phrases.ts'
import { usersOf } from './driver.ts'
import { granteeOf, nameOf } from './name.ts'
import type { UserServer } from './server.ts'

export function userSteps(target: string, config: SqlConfig, opened: () => SqlConnection): readonly Step[] {
  const ask = async (text: string, values: Statement['values'] = []): Promise<SqlResult> => {
    try {
      return await opened().run({ text, values })
    } catch (error) {
      throw toGatewayError(error, 'read', target)
    }
  }
  const server = async () => usersOf(target, config, String((await ask('SELECT VERSION()')).rows[0]?.[0]))
  return [
    {
      check: 'rights',
      run: async () => {
        const missing = await missingRights(ask, await server())
        if (missing.length === 0) return phrases.usersChanged
        throw new GatewayError('denied', `${target}: the database user lacks ${missing.join(', ')}`, {
          sent: 'no',
          hint: phrases.grantWithAdmin,
        })
      },
    },
    {
      check: 'schema',
      run: async () => {
        const { rolesAmong, columns, spelling } = await server()
        const groups = config.accounts.groups ?? []
        const there = groups.length === 0 ? new Set() : await rolesAmong(({ text, values }) => ask(text, values), groups)
        const missing = groups.filter((group) => !there.has(spelling.group(group)))
        if (missing.length === 0) return phrases.attributesMapped({ count: String(columns.length) })
        throw new GatewayError('config', `${target}: ${missing.length} of the roles in accounts.groups do not exist`, {
          sent: 'no',
          hint: phrases.createRoles,
        })
      },
    },
  ]
}

async function missingRights(
  ask: (text: string, values?: Statement['values']) => Promise<SqlResult>,
  { tables }: UserServer,
): Promise<readonly string[]> {
  const missing: string[] = []
  try {
    await ask(`SELECT 1 FROM ${tables.join(', ')} LIMIT 1`)
  } catch (error) {
    if (!(error instanceof GatewayError) || error.code !== 'denied') throw error
    missing.push('SELECT on the database mysql')
  }
  const self = nameOf(String((await ask('SELECT CURRENT_USER()')).rows[0]?.[0]))
  const { rows } = await ask('SELECT privilege_type FROM information_schema.user_privileges WHERE grantee = ?', [granteeOf(self)])
  const held = new Set(rows.map(([privilege]) => String(privilege)))
  return [...missing, ...(held.has('CREATE USER') || held.has('SUPER') ? [] : ['CREATE USER'])]
}
