/** A real MariaDB of its own for a test file: a fresh data folder, on a free loopback port. */
import { join } from 'node:path'
import { findBinary, freeLoopbackPort, runOnce, temporaryFolder } from './daemon.ts'
import { asRoot, flagsOf, runServer, type TestMysql, type TestMysqlOptions } from './mysql-server.ts'
import { fromTemplate } from './template.ts'

export type TestMariadb = TestMysql

/** Opens a MariaDB; ready in about a second. Throws, naming the package, when the programs are missing. */
export async function openMariadb({ sqlMode, settings = {} }: TestMysqlOptions = {}): Promise<TestMariadb> {
  const installer = findBinary('mariadb-install-db', 'mariadb-server')
  const program = findBinary('mariadbd', 'mariadb-server')
  const folder = temporaryFolder('mariadb', null)
  const port = await freeLoopbackPort()
  const flags = flagsOf(folder, port, {
    'innodb-log-file-size': '16M',
    ...(sqlMode === undefined ? {} : { 'sql-mode': sqlMode }),
    ...settings,
  })
  const data = join(folder, 'data')
  const installation = [
    installer,
    '--no-defaults',
    '--auth-root-authentication-method=normal',
    '--skip-name-resolve',
    ...asRoot(),
  ]
  fromTemplate(data, installation, () => runOnce([...installation, `--datadir=${data}`], null))
  return runServer([program, '--no-defaults', ...flags], folder, port)
}
