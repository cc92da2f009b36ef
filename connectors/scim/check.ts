/** Testing a SCIM server from its name to its schema, so that the first failing step says what to mend. */
import type { Egress } from '#core/egress.ts'
import { GatewayError } from '#core/errors.ts'
import type { ConnectionReport } from '#connectors/kit/connector.ts'
import { httpReachSteps } from '#connectors/kit/http-config.ts'
import type { HttpClient } from '#connectors/kit/http.ts'
import { inSteps } from '#connectors/kit/probe.ts'
import type { ScimConfig } from './config.ts'
import type { ScimServer } from './server.ts'

export interface CheckOptions {
  readonly config: ScimConfig
  readonly client: HttpClient
  readonly egress: Pick<Egress, 'reach'>
  readonly open: () => Promise<ScimServer>
  readonly signal: AbortSignal
}

export function testServer({ config, client, egress, open, signal }: CheckOptions): Promise<ConnectionReport> {
  const look = (path: string) =>
    client.call({ doing: `reading ${path}`, method: 'GET', path, query: { count: 1 }, also: [403], signal })
  return inSteps([
    ...httpReachSteps(egress, config.url),
    {
      check: 'login',
      run: async () => {
        await look('/Users')
        return 'the gateway is let in'
      },
    },
    {
      check: 'rights',
      run: async () => {
        for (const path of config.memberships === 'none' ? ['/Users'] : ['/Users', '/Groups'])
          if ((await look(path)).status === 403) throw deniedAt(path)
        return 'users and groups can be read; whether they can be changed shows with the first change'
      },
    },
    { check: 'schema', run: async () => checkSchema(await open()) },
  ])
}

function deniedAt(path: string): GatewayError {
  return new GatewayError('denied', `the credentials may not read ${path}`, {
    sent: 'yes',
    hint: 'Give them the right to read and change users and groups.',
  })
}

function checkSchema({ schema, patches }: ScimServer): string {
  if (schema.find('userName') === null)
    throw new GatewayError('config', 'the server’s schema of users has no userName', {
      sent: 'yes',
      hint: 'Leave its /Schemas aside (discover: false).',
    })
  return patches
    ? 'the schema is understood; users are patched'
    : 'the schema is understood; users are read, changed and written back'
}
