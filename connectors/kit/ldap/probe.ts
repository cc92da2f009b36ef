/** The step `tls` of testing a directory, for both ways to encrypt a connection. */
import { once } from 'node:events'
import { connect as connectTls } from 'node:tls'
import { connected, type Step } from '#connectors/kit/probe.ts'
import { endpointOf, tlsOptions, type Endpoint } from './endpoint.ts'
import type { ToGatewayError } from './network-error.ts'
import { openWire } from './wire.ts'

/** None for a connection in clear. */
export function encryptionSteps(config: Endpoint, toError: ToGatewayError, signal: AbortSignal): readonly Step[] {
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
        return `${secure.getProtocol() ?? 'TLS'}, and the certificate is accepted`
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
      return 'StartTLS works, and the certificate is accepted'
    },
  }
}
