/** How Odoo is started: the same when its database is made and when a test copies it. */
import { join } from 'node:path'
import type { TestPostgres } from './postgres.ts'

export const odooDatabase = 'odoo'
const role = 'odoo'

export interface OdooProcess {
  readonly command: readonly string[]
  readonly env: Readonly<Record<string, string>>
}

/** @param verb of Odoo's command line, or none: the server */
export function odooProcess(
  home: string,
  postgres: TestPostgres,
  { verb = [], data, more = [] }: { readonly verb?: readonly string[]; readonly data: string; readonly more?: readonly string[] },
): OdooProcess {
  const database = [`--database=${odooDatabase}`, `--db_host=${postgres.host}`, `--db_port=${postgres.port}`]
  const login = [`--db_user=${role}`, `--db_password=${postgres.password}`]
  return {
    command: [
      ...[join(home, 'venv', 'bin', 'python'), join(home, 'tree', 'usr', 'bin', 'odoo'), ...verb],
      ...[...database, ...login, `--data-dir=${data}`, '--log-level=warn', ...more],
    ],
    env: { PYTHONPATH: join(home, 'tree', 'usr', 'lib', 'python3', 'dist-packages') },
  }
}

/** Odoo refuses to work as a superuser of PostgreSQL. */
export async function makeRole(postgres: TestPostgres): Promise<void> {
  await postgres.query('postgres', `CREATE ROLE ${role} LOGIN CREATEDB PASSWORD '${postgres.password}'`)
}
