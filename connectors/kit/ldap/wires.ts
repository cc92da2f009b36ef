/** The bound connections of one target, kept between jobs. */
import { createPool, trustedMs, type Pool } from '#connectors/kit/pool.ts'
import type { Endpoint } from './endpoint.ts'
import type { ToGatewayError } from './network-error.ts'
import { openWire, type BoundWire } from './wire.ts'

const idleMs = 30_000
/** Milliseconds an idle connection has to show that it works; a new one is made otherwise. */
const aliveMs = 2_000

export interface WirePoolOptions {
  readonly config: Endpoint & { readonly bindDn: string; readonly bindPassword: string; readonly poolSize: number }
  readonly toError: ToGatewayError
}

export function createWirePool({ config, toError }: WirePoolOptions): Pool<BoundWire> {
  const login = { dn: config.bindDn, password: config.bindPassword }
  return createPool<BoundWire>({
    size: config.poolSize,
    idleMs,
    open: (signal) => openWire({ config, toError, login, signal }),
    isAlive,
    close: (wire) => wire.close(),
  })
}

/** Still bound as who it was (it cannot have reconnected), and the server answers. */
async function isAlive(wire: BoundWire): Promise<boolean> {
  if (!wire.usable) return false
  if (performance.now() - wire.answeredAt < trustedMs) return true
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
