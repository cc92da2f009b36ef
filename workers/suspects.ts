/**
 * Steps with which a worker died. Whoever dies takes down all it is working on, and only one of those steps is the cause: from then on such
 * steps are carried out one at a time in a process, so that the next death points at one.
 */

export interface Suspects {
  /** The turn, or null while another suspect has it. Resolves once jobs that were fetched along with this one have been put aside. */
  take(): Promise<Disposable | null>
}

const putAsideMs = 300
/** Milliseconds until a suspect asks for its turn again. */
export const suspectsWaitMs = 1_000

export function createSuspects(): Suspects {
  let taken = false
  return {
    async take() {
      if (taken) return null
      taken = true
      await new Promise((resolve) => setTimeout(resolve, putAsideMs))
      return {
        [Symbol.dispose]() {
          taken = false
        },
      }
    },
  }
}
