/** The inbound adapters by name: what `POST /api/v1/inbound/:adapter` understands. */
import type { InboundAdapter } from './adapter.ts'
import { midpoint } from './midpoint/index.ts'
import { readNative } from './native.ts'

const native: InboundAdapter = {
  id: 'native',
  title: { en: 'Native JSON', fr: 'JSON natif' },
  mediaTypes: ['application/json'],
  read: (payload) => [readNative(payload)],
}

export const adapters: Readonly<Record<string, InboundAdapter>> = { native, midpoint }
