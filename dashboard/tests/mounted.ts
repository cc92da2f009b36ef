/** Mounts the built dashboard beside the fixture API on one port, exactly as the server's dispatcher does. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { openFixtureApi, type FixtureApi } from './fixture-api.ts'

type Handler = (request: IncomingMessage, response: ServerResponse, next: () => void) => void

export interface Mounted extends AsyncDisposable {
  readonly url: string
  readonly api: FixtureApi
}

export async function openMounted(port = 0): Promise<Mounted> {
  const api = await openFixtureApi()
  process.env['PROTOCOL_HEADER'] = 'x-forwarded-proto'
  process.env['HOST_HEADER'] = 'x-forwarded-host'
  Object.assign(globalThis, { [Symbol.for('passerelle.api')]: (request: Request) => api.answer(request) })
  const built = new URL('../build/handler.js', import.meta.url).href
  const { handler } = (await import(built)) as { handler: Handler }
  const server = createServer((request, response) => {
    if (request.url?.startsWith('/api/') === true) return api.serve(request, response)
    if (request.url === '/queues')
      return void response.end('<!doctype html><html lang="en"><title>queues</title><h1>queues</h1></html>')
    request.headers['x-forwarded-proto'] = 'http'
    request.headers['x-forwarded-host'] = request.headers.host ?? '127.0.0.1'
    handler(request, response, () => response.writeHead(404).end())
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  return {
    api,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await api[Symbol.asyncDispose]()
    },
  }
}
