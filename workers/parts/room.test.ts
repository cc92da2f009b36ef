/** The PostgreSQL that `docker-compose.yml` starts has room for all that it starts beside it. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { parse } from 'yaml'
import { ledgerConnections, readingConnections } from '#core/capacity.ts'
import { connectorKinds } from '#connectors/known.ts'

interface Compose {
  readonly services: {
    readonly postgres: { readonly command: readonly string[] }
    readonly worker: { readonly deploy: { readonly replicas: number } }
  }
}

/** The demonstration's two targets are in the same PostgreSQL: five each, in the server and in each worker; a command line beside them takes up to eight. */
const demonstration = 10
const commandLine = 8
const superusers = 3

test('max_connections is enough for a server and the workers with a process for each kind', () => {
  const { services } = parse(readFileSync(new URL('../../docker-compose.yml', import.meta.url), 'utf8')) as Compose
  const workers = services.worker.deploy.replicas

  const server = ledgerConnections + readingConnections
  const worker = (connectorKinds.length + 1) * ledgerConnections
  const needed = server + workers * worker + (workers + 1) * demonstration + commandLine + superusers
  const given = Number(services.postgres.command.join(' ').match(/max_connections=(\d+)/)?.[1])

  assert.equal(needed, 192)
  assert.ok(given >= needed, `${given} connections, and ${needed} may be needed`)
})
