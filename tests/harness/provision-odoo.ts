/**
 * Makes the database that every test of Odoo starts from, once: tests copy PostgreSQL's files. Mail and passwords with a policy are installed, so
 * that tests see what real installations do when a user is made.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runOnce } from './daemon.ts'
import { makeRole, odooProcess, type OdooProcess } from './odoo-process.ts'
import { openPostgres } from './postgres.ts'

const modules = ['rpc', 'auth_signup', 'auth_password_policy']

const home = process.argv[2]
if (home === undefined) throw new Error('usage: provision-odoo.ts <folder with tree and venv>')
await using postgres = await openPostgres()
await makeRole(postgres)
const data = join(home, 'data')
mkdirSync(data)
run(odooProcess(home, postgres, { data, more: [`--init=${modules.join(',')}`, '--without-demo=True', '--stop-after-init'] }))
const script = readFileSync(join(import.meta.dirname, 'provision-odoo.py'), 'utf8')
const said = run(odooProcess(home, postgres, { verb: ['shell'], data, more: ['--no-http'] }), script)
const people = /^made (.*)$/m.exec(said)?.[1]
if (people === undefined) throw new Error(`Odoo did not make its people:\n${said}`)
writeFileSync(join(home, 'people.json'), people)
await postgres.stop('fast')
runOnce(['cp', '--archive', '--no-target-directory', postgres.dataFolder, join(home, 'cluster')], null)

function run({ command: [program = '', ...parameters], env }: OdooProcess, input = ''): string {
  const done = spawnSync(program, parameters, {
    encoding: 'utf8',
    input,
    env: { ...process.env, ...env },
    maxBuffer: 64 * 1024 * 1024,
  })
  if (done.status !== 0) throw new Error(`Odoo failed (${done.status ?? done.signal}):\n${done.stderr.slice(-4_000)}`)
  return done.stdout
}
