import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { walls } from './child-process.ts'

test('code inside the walls reaches no file, network, process, worker, inspector or environment', async (t) => {
  const server = createServer((_request, response) => response.end('reached')).listen(0, '127.0.0.1')
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const probe = join(import.meta.dirname, 'walls.probe.ts')

  const { stdout } = await promisify(execFile)(process.execPath, [...walls(import.meta.dirname, 64), probe, String(port)], {
    env: {},
    cwd: '/',
    timeout: 10_000,
  })

  assert.deepEqual(JSON.parse(stdout), { tried: 12, succeeded: [] })
})
