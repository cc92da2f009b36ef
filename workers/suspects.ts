/**
 * Steps with which a worker died. Whoever dies takes down all it is working on, and only one of those steps is the cause: from then on such
 * steps are carried out one at a time in a process, so that the next death points at one. A worker may die with hundreds of them in hand, so
 * a turn must be short, and those that wait must not keep coming to ask.
 */

export interface Suspects {
  /**
   * The turn, or how many milliseconds to wait before asking again while another suspect has it. The first turn of a series resolves once
   * jobs that were fetched along with it have been put aside.
   */
  take(jobId: string): Promise<Disposable | number>
}

const putAsideMs = 300
/** Milliseconds after a turn in which the next one belongs to the same series. */
const seriesMs = 5_000
/** Milliseconds until a suspect asks for its turn again: at least, for each one that waits, and at most. */
const [waitMs, waitEachMs, waitAtMostMs] = [1_000, 40, 20_000]

export function createSuspects(now: () => number = () => performance.now()): Suspects {
  let taken = false
  let lastTurn = Number.NEGATIVE_INFINITY
  const waiting = new Set<string>()
  return {
    async take(jobId) {
      waiting.delete(jobId)
      if (taken) {
        waiting.add(jobId)
        return Math.min(waitMs + waiting.size * waitEachMs, waitAtMostMs)
      }
      taken = true
      // Those that were to come again and went to another process would be counted for ever.
      if (now() - lastTurn > waitAtMostMs) waiting.clear()
      if (now() - lastTurn > seriesMs) await new Promise((resolve) => setTimeout(resolve, putAsideMs))
      lastTurn = now()
      return {
        [Symbol.dispose]() {
          taken = false
          lastTurn = now()
        },
      }
    },
  }
}
