/** What a service account must be able to do with roles, tried by asking the server; nothing is changed. */
import { GatewayError } from '#core/errors.ts'
import type { Phrase } from '#core/phrase.ts'
import type { Step } from '#connectors/kit/probe.ts'
import type { SqlConfig } from '../config.ts'
import type { SqlConnection, Statement } from '../dialect.ts'
import { toGatewayError } from '../errors.ts'
import { phrases } from '../phrases.ts'
import { columns } from './role.ts'

export function postgresSteps(target: string, config: SqlConfig, opened: () => SqlConnection): readonly Step[] {
  const ask = async (statement: Statement): Promise<readonly string[]> => {
    try {
      return ((await opened().run(statement)).rows[0] ?? []).map(String)
    } catch (error) {
      throw toGatewayError(error, 'read', target)
    }
  }
  return [
    { check: 'rights', run: async () => rights(target, await ask({ text: questions, values: [] })) },
    {
      check: 'schema',
      run: async () => {
        const groups = config.accounts.groups ?? []
        const missing = `SELECT count(*)::text FROM unnest($1::text[]) AS g(name) WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname::text = g.name)`
        const [count = '0'] = await ask({ text: missing, values: [groups] })
        if (count === '0') return phrases.attributesMapped({ count: String(columns.length + config.accounts.settings.length) })
        throw new GatewayError('config', `${target}: ${count} of the roles in accounts.groups do not exist`, {
          sent: 'no',
          hint: phrases.createRoles,
        })
      },
    },
  ]
}

const questions = `SELECT rolsuper::text, rolcreaterole::text, (rolsuper OR pg_has_role('pg_signal_backend', 'USAGE'))::text,
  (current_setting('server_version_num')::int >= 130000)::text FROM pg_roles WHERE rolname = current_user`

function rights(target: string, [superuser, createsRoles, endsSessions, recent]: readonly string[]): Phrase {
  if (recent !== 'true')
    throw new GatewayError('config', `${target}: database accounts need PostgreSQL 13 or later`, {
      sent: 'no',
      hint: phrases.postgresVersion,
    })
  if (superuser !== 'true' && createsRoles !== 'true')
    throw new GatewayError('denied', `${target}: the database user may not create and change roles`, {
      sent: 'no',
      hint: phrases.createrole,
    })
  if (superuser === 'true') return phrases.rolesAndPasswords
  return endsSessions === 'true' ? phrases.rolesOnly : phrases.rolesWithoutSessions
}
