/** midPoint: objects, modifications, deltas and asynchronous provisioning messages, as README.md beside this file lists them. */
import type { InboundAdapter } from '../adapter.ts'
import { readMessages } from './messages.ts'

export const midpoint: InboundAdapter = {
  id: 'midpoint',
  title: { en: 'midPoint', fr: 'midPoint' },
  mediaTypes: ['application/json'],
  read: readMessages,
}
