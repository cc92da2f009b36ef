import type { Driver } from '#connectors/kit/connector.ts'
import type { Conversation } from '../../conversation.ts'
import type { AccountsTarget } from '../target.ts'
export function createMariadbOpener(_target: AccountsTarget): (conversation: Conversation) => Promise<Driver> {
  throw new Error('x')
}
