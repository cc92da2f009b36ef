/**
 * One process, one port: the API's addresses go to Hono, everything else to the dashboard. The headers from which SvelteKit
 * learns its own address are set here, always, so that no client can choose them.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { getRequestListener } from '@hono/node-server'

export type FetchApi = (request: Request) => Response | Promise<Response>
export type DashboardHandler = (request: IncomingMessage, response: ServerResponse, next: () => void) => void

const apiAddress = /^\/(api|scim|queues|healthz|readyz|metrics)(\/|\?|$)/

/** Where the dashboard finds the API in this process; see dashboard/README.md. */
export const apiSymbol = Symbol.for('passerelle.api')

export function createDispatcher(api: FetchApi, dashboard: DashboardHandler | null, publicUrl: string | undefined): Server {
  const toApi = getRequestListener(api, { overrideGlobalObjects: false })
  const outside = publicUrl === undefined ? null : new URL(publicUrl)

  return createServer({ requestTimeout: 90_000 }, (request, response) => {
    request.headers['x-forwarded-proto'] = outside?.protocol.slice(0, -1) ?? 'http'
    request.headers['x-forwarded-host'] = outside?.host ?? request.headers.host ?? 'localhost'
    if (dashboard === null || apiAddress.test(request.url ?? '/')) void toApi(request, response)
    else
      dashboard(request, response, () => {
        response.writeHead(404).end()
      })
  })
}
