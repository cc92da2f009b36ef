/**
 * Several calls that count as one, for systems without transactions: when a call is refused, the ones before it are put back, so
 * that an error means that nothing was changed.
 */
import { GatewayError, isGatewayError } from '#core/errors.ts'

export interface Part {
  readonly run: () => Promise<void>
  /** Puts the part back after it ran; safe when there is nothing to put back. */
  readonly undo: () => Promise<void>
}

/**
 * Runs the parts in order. Throws the refusal of the part that failed after undoing the others, or `unknown_outcome` when a
 * part's own outcome is unknown or something could not be put back.
 */
export async function allOrNothing(parts: readonly Part[]): Promise<void> {
  const done: Part[] = []
  for (const part of parts) {
    try {
      await part.run()
      done.push(part)
    } catch (error) {
      if (done.length === 0 || (isGatewayError(error) && error.code === 'unknown_outcome')) throw error
      await putBack(done, error)
      throw error
    }
  }
}

async function putBack(done: readonly Part[], cause: unknown): Promise<void> {
  for (const part of done.toReversed()) {
    try {
      await part.undo()
    } catch {
      throw new GatewayError(
        'unknown_outcome',
        'the target refused a part of the change, and the parts before it could not be put back',
        {
          cause,
          sent: 'yes',
        },
      )
    }
  }
}
