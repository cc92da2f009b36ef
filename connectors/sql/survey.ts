/** What a database server says of itself, and until when it lets the gateway in; the same for tables and for accounts of the database. */
import type { Survey } from '#connectors/kit/connector.ts'
import type { SqlConfig } from './config.ts'
import type { Conversation } from './conversation.ts'

export type Server = Pick<Survey, 'system' | 'secretEndsAt'>

const postgresText = `SELECT split_part(current_setting('server_version'), ' ', 1),
  (SELECT to_char(nullif(rolvaliduntil, 'infinity') AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') FROM pg_roles WHERE rolname = session_user)`

/** MySQL and MariaDB tell the end of a password only to who may read all users. */
export async function surveyServer(
  { dialect }: Pick<SqlConfig, 'dialect'>,
  { read }: Pick<Conversation, 'read'>,
): Promise<Server> {
  const text = dialect === 'postgres' ? postgresText : 'SELECT VERSION()'
  const [version = null, end = null] = (await read({ text, values: [] })).rows[0] ?? []
  const product = dialect === 'postgres' ? 'PostgreSQL' : String(version).includes('MariaDB') ? 'MariaDB' : 'MySQL'
  const number = /\d+(\.\d+)*/.exec(String(version))?.[0]
  return { system: number === undefined ? product : `${product} ${number}`, secretEndsAt: end === null ? null : String(end) }
}
