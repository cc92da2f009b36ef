/**
 * The real Odoo 19 on a free loopback port, with a copy of a database that was made once (tests/install-odoo.mjs): up in some three seconds. It
 * speaks JSON-2 and still the JSON-RPC of the versions before it.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { freeLoopbackPort, removeFolder, runOnce, startDaemon, temporaryFolder } from './daemon.ts'
import { odooDatabase, odooProcess } from './odoo-process.ts'
import { openPostgres, type TestPostgres } from './postgres.ts'

export interface TestOdoo extends AsyncDisposable {
  readonly url: string
  readonly port: number
  readonly database: string
  /** May change users and contacts. */
  readonly gateway: OdooPerson
  /** May log in and read. */
  readonly reader: OdooPerson
  /** SQL on Odoo's own database: what Odoo itself would keep of its records for a while stays unseen by it. */
  query: (text: string, values?: readonly unknown[]) => ReturnType<TestPostgres['query']>
  /** Whether somebody can log in. */
  logsIn(login: string, password: string): Promise<boolean>
  /** A call by JSON-2 as the gateway's account, the way another client would make it. */
  call(model: string, method: string, parameters: Readonly<Record<string, unknown>>): Promise<unknown>
}

export interface OdooPerson {
  readonly login: string
  readonly key: string
}

/** @param home made by tests/install-odoo.mjs */
export async function openOdoo(home = process.env['ODOO_HOME']): Promise<TestOdoo> {
  if (home === undefined) throw new Error('there is no Odoo: npm test -- odoo brings it')
  const postgres = await openPostgres({ copyOf: join(home, 'cluster') })
  const folder = temporaryFolder('odoo', null)
  runOnce(['cp', '--archive', '--no-target-directory', join(home, 'data'), folder], null)
  const port = await freeLoopbackPort()
  const url = `http://127.0.0.1:${port}`
  const more = ['--http-interface=127.0.0.1', `--http-port=${port}`, '--max-cron-threads=0']
  const daemon = await startDaemon({
    ...odooProcess(home, postgres, { data: folder, more }),
    deathSignal: 'KILL',
    withinMs: 120_000,
    ready: async () => {
      const { ok } = await fetch(`${url}/web/health`)
      if (!ok) throw new Error('not ready')
    },
  })
  const people = JSON.parse(readFileSync(join(home, 'people.json'), 'utf8')) as Record<'gateway' | 'reader', OdooPerson>
  return {
    url,
    port,
    database: odooDatabase,
    ...people,
    query: (text, values) => postgres.query(odooDatabase, text, values),
    logsIn: (login, password) => logsIn(url, login, password),
    call: (model, method, parameters) => call(url, people.gateway.key, `${model}/${method}`, parameters),
    async [Symbol.asyncDispose]() {
      await daemon.stop('SIGKILL')
      await postgres[Symbol.asyncDispose]()
      removeFolder(folder)
    },
  }
}

async function logsIn(url: string, login: string, password: string): Promise<boolean> {
  const params = { service: 'common', method: 'authenticate', args: [odooDatabase, login, password, {}] }
  const response = await fetch(`${url}/jsonrpc`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', method: 'call', params }),
  })
  const { result } = (await response.json()) as { result?: number | false }
  return typeof result === 'number'
}

async function call(url: string, key: string, what: string, parameters: Readonly<Record<string, unknown>>): Promise<unknown> {
  const response = await fetch(`${url}/json/2/${what}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${key}`, 'X-Odoo-Database': odooDatabase },
    body: JSON.stringify(parameters),
  })
  if (!response.ok) throw new Error(`${what}: ${response.status} ${await response.text()}`)
  return response.json()
}
