/** Testing a SCIM server from its name to its schema, so that the first failing step says what to mend. */
import type { Egress } from '#core/egress.ts'
import { GatewayError } from '#core/errors.ts'
import type { Phrase } from '#core/phrase.ts'
import type { ConnectionReport } from '#connectors/kit/connector.ts'
import { httpReachSteps } from '#connectors/kit/http-config.ts'
import type { HttpClient } from '#connectors/kit/http.ts'
import { inSteps } from '#connectors/kit/probe.ts'
import type { ScimConfig } from './config.ts'
import { phrases } from './phrases.ts'
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
        return phrases.letIn
      },
    },
    {
      check: 'rights',
      run: async () => {
        for (const path of config.memberships === 'none' ? ['/Users'] : ['/Users', '/Groups'])
          if ((await look(path)).status === 403) throw deniedAt(path)
        return phrases.canRead
      },
    },
    { check: 'schema', run: async () => checkSchema(await open()) },
  ])
}

function deniedAt(path: string): GatewayError {
  return new GatewayError('denied', `the credentials may not read ${path}`, {
    sent: 'yes',
    hint: phrases.rights,
  })
}

function checkSchema({ schema, patches }: ScimServer): Phrase {
  if (schema.find('userName') === null)
    throw new GatewayError('config', 'the server’s schema of users has no userName', {
      sent: 'yes',
      hint: phrases.schemasAside,
    })
  return patches ? phrases.patched : phrases.writtenBack
}
