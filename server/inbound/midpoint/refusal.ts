/** The one way in which this adapter refuses: what stands where, and what to send instead. */
import { GatewayError } from '#core/errors.ts'

/** `problem` continues the sentence "What stands at /a/b …" and never quotes a value. */
export function notUnderstood(node: { readonly at: string }, problem: string, hint: string): GatewayError {
  const place = node.at === '' ? 'The payload' : `What stands at ${node.at}`
  return new GatewayError('not_understood', `${place} ${problem}.`, { at: node.at, hint })
}
