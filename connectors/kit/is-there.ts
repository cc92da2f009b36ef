/** Asking whether something that a change would refer to exists, by a look-up that throws `not_found`. */
import { isGatewayError } from '#core/errors.ts'

/** The names for which the look-up finds something, such as the groups of a removed account that are still there. */
export async function thoseThere(
  names: readonly string[],
  lookUp: (name: string) => Promise<unknown>,
): Promise<readonly string[]> {
  const found: string[] = []
  for (const name of names) {
    try {
      await lookUp(name)
      found.push(name)
    } catch (error) {
      if (!isGatewayError(error) || error.code !== 'not_found') throw error
    }
  }
  return found
}
