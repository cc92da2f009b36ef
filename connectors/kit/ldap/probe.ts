/** Testing a directory from its name to its schema, so that the first failing step says what to mend. */
import { once } from 'node:events'
import { connect as connectTls } from 'node:tls'
import { GatewayError } from '#core/errors.ts'
import type { Phrase } from '#core/phrase.ts'
import type { ConnectionReport } from '#connectors/kit/connector.ts'
import { connected, inSteps, reachSteps, type Step } from '#connectors/kit/probe.ts'
import { kitPhrases } from '#connectors/kit/phrases.ts'
import { endpointOf, tlsOptions, type Endpoint } from './endpoint.ts'
import type { ToGatewayError } from './network-error.ts'
import { directoryPhrases } from './phrases.ts'
import { openWire, type BoundWire, type Wire } from './wire.ts'

export interface DirectoryTest {
  readonly config: Endpoint & { readonly bindDn: string; readonly bindPassword: string }
  readonly toError: ToGatewayError
  readonly signal: AbortSignal
  /** What is particular to a kind of directory; both get the logged-in connection, and answer with what to tell. */
  readonly rights: (wire: Wire) => Promise<Phrase>
  readonly schema: (wire: Wire) => Promise<Phrase>
}

/** Opens a connection of its own and closes it; writes nothing. */
export async function testDirectoryBy({ config, toError, signal, rights, schema }: DirectoryTest): Promise<ConnectionReport> {
  const { host, port } = endpointOf(config)
  const login = { dn: config.bindDn, password: config.bindPassword }
  let wire: BoundWire | null = null
  const logged = () => {
    if (wire === null) throw new GatewayError('internal', 'not logged in', { sent: 'no' })
    return wire
  }
  try {
    return await inSteps([
      ...reachSteps({ host, port, timeoutMs: config.connectTimeoutMs }),
      ...encryptionSteps(config, toError, signal),
      {
        check: 'login',
        run: async () => {
          wire = await openWire({ config, toError, login, signal })
          return directoryPhrases.loggedIn
        },
      },
      { check: 'rights', run: () => rights(logged()) },
      { check: 'schema', run: () => schema(logged()) },
    ])
  } finally {
    await (wire as BoundWire | null)?.close()
  }
}

/** None for a connection in clear. */
function encryptionSteps(config: Endpoint, toError: ToGatewayError, signal: AbortSignal): readonly Step[] {
  if (endpointOf(config).tls) return [tlsStep(config, toError)]
  return config.startTls ? [startTlsStep(config, toError, signal)] : []
}

function tlsStep(config: Endpoint, toError: ToGatewayError): Step {
  return {
    check: 'tls',
    run: async () => {
      const socket = await connected({ ...endpointOf(config), timeoutMs: config.connectTimeoutMs })
      const secure = connectTls({ ...tlsOptions(config), socket })
      try {
        await once(secure, 'secureConnect', { signal: AbortSignal.timeout(config.connectTimeoutMs) })
        return kitPhrases.certificateAccepted({ protocol: secure.getProtocol() ?? 'TLS' })
      } catch (error) {
        throw toError(error, { doing: 'encrypting', kind: 'connect' })
      } finally {
        secure.destroy()
        socket.destroy()
      }
    },
  }
}

function startTlsStep(config: Endpoint, toError: ToGatewayError, signal: AbortSignal): Step {
  return {
    check: 'tls',
    run: async () => {
      const wire = await openWire({ config, toError, login: null, signal })
      await wire.close()
      return directoryPhrases.startTls
    },
  }
}
