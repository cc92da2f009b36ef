/** Versions of rules whose moment has come are put in force: by any server, and by one of them, whichever looks first. */
import type { Logger } from '#core/log.ts'
import type { Publishing } from './publishing.ts'

export interface ScheduleDeps {
  readonly publishing: Pick<Publishing, 'nextDue' | 'publishDue'>
  readonly log: Logger
}

/** Milliseconds between looks: another server may have been told of a moment, and may have died since. */
const patienceMs = 2_000

export function openSchedule({ publishing, log }: ScheduleDeps): AsyncDisposable {
  let closed = false
  let timer: NodeJS.Timeout | undefined
  let running: Promise<void> = Promise.resolve()

  async function look(): Promise<void> {
    let left: number | null = null
    try {
      left = await publishing.nextDue()
      if (left !== null && left <= 0) {
        await publishing.publishDue()
        // What could not be published yet is tried again at the next look, not at once.
        left = null
      }
    } catch (err) {
      log.warn({ err }, 'scheduled versions of rules could not be looked at')
    }
    if (!closed) timer = setTimeout(begin, Math.min(left ?? patienceMs, patienceMs))
  }
  function begin(): void {
    running = look()
  }
  begin()
  return {
    async [Symbol.asyncDispose]() {
      closed = true
      clearTimeout(timer)
      await running
    },
  }
}
