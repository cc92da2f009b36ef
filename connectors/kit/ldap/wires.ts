/** The bound connections of one target, kept between jobs. */
import { createPool, type Lease, type Pool } from '#connectors/kit/pool.ts'
import type { Endpoint } from './endpoint.ts'
import type { ToGatewayError } from './network-error.ts'
import { openWire, type Wire } from './wire.ts'

const idleMs = 30_000
/** Milliseconds an idle connection has to show that it works; a new one is made otherwise. */
const aliveMs = 2_000

export interface WirePoolOptions {
  readonly config: Endpoint & { readonly bindDn: string; readonly bindPassword: string; readonly poolSize: number }
  readonly toError: ToGatewayError
}

export function createWirePool({ config, toError }: WirePoolOptions): Pool<Wire> {
  const login = { dn: config.bindDn, password: config.bindPassword }
  return createPool<Wire>({
    size: config.poolSize,
    idleMs,
    open: (signal) => openWire({ config, toError, login, signal }),
    isAlive,
    close: (wire) => wire.close(),
  })
}

/** Still bound as who it was (it cannot have reconnected), and the server answers. */
async function isAlive(wire: Wire): Promise<boolean> {
  if (!wire.usable) return false
  const late = setTimeout(() => wire.destroy(), aliveMs)
  try {
    await wire.run({ doing: 'looking whether the connection works', kind: 'read' }, (client) =>
      client.search('', { scope: 'base', attributes: ['1.1'] }),
    )
  } finally {
    clearTimeout(late)
  }
  return wire.usable
}

/** Ties a lent connection to its job: it is cut when the job is aborted, and given back only when it never failed. */
export function untilEnd(lease: Lease<Wire>, signal: AbortSignal): AsyncDisposable {
  const wire = lease.resource
  const stop = () => wire.destroy()
  signal.addEventListener('abort', stop, { once: true })
  if (signal.aborted) stop()
  return {
    async [Symbol.asyncDispose]() {
      signal.removeEventListener('abort', stop)
      if (wire.usable) lease.giveBack()
      else await lease.discard()
    },
  }
}
