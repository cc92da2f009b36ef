/** A real MySQL of its own for a test file, from the folder that `tests/install-mysql.mjs` made. */
import { join } from 'node:path'
import { freeLoopbackPort, runOnce, temporaryFolder } from './daemon.ts'
import { asRoot, flagsOf, runServer, type TestMysql, type TestMysqlOptions } from './mysql-server.ts'
import { fromTemplate } from './template.ts'
import { programOfMysql } from '../install-mysql.mjs'

/** Whether there is one; `tests/optional-systems.mjs` says so where there is none. */
export const hasMysql = process.env['MYSQL_HOME'] !== undefined

/** Its logs and buffers are made for much more than a test writes, and would be copied with each data folder. */
const small = ['--innodb-redo-log-capacity=8M', '--innodb-doublewrite=OFF', '--innodb-buffer-pool-size=32M', '--skip-log-bin']

/** Opens a MySQL that offers no TLS unless the settings name a certificate; ready in about two seconds. Throws when MYSQL_HOME does not say where it is. */
export async function openMysql({ sqlMode, settings = {} }: TestMysqlOptions = {}): Promise<TestMysql> {
  const home = process.env['MYSQL_HOME']
  if (home === undefined) throw new Error('MYSQL_HOME is not set: run this file by npm test, which sets it.')
  const program = [
    ...programOfMysql(home),
    '--no-defaults',
    `--basedir=${join(home, 'usr')}`,
    '--secure-file-priv=NULL',
    ...small,
  ]
  const folder = temporaryFolder('mysql', null)
  const port = await freeLoopbackPort()
  const data = join(folder, 'data')
  const installation = [...program, '--initialize-insecure', ...asRoot()]
  fromTemplate(data, installation, () => runOnce([...installation, `--datadir=${data}`], null))
  const flags = flagsOf(folder, port, {
    mysqlx: 'OFF',
    'auto-generate-certs': 'OFF',
    ...(sqlMode === undefined ? {} : { 'sql-mode': sqlMode }),
    ...settings,
  })
  return runServer([...program, ...flags], folder, port)
}
