/**
 * Where drafts are tried: a sandbox of its own, so that whoever writes rules never keeps the requests that really come waiting. It is started
 * when somebody first needs it, because most servers never do.
 */
import type { Logger } from '#core/log.ts'
import { openRuleEngine, type RuleEngine } from '#rules/index.ts'

export interface Workbench extends AsyncDisposable {
  /** Throws `unavailable` when the sandbox cannot start; the next call tries again. */
  engine(): Promise<RuleEngine>
  /** Starts it without waiting: somebody is about to write. */
  warm(): void
}

export function createWorkbench(log: Logger): Workbench {
  let opening: Promise<RuleEngine> | null = null
  const engine = () => {
    opening ??= openRuleEngine({ log, size: 1 }).catch((error: unknown) => {
      opening = null
      throw error
    })
    return opening
  }
  return {
    engine,
    warm: () => void engine().catch((err: unknown) => log.warn({ err }, 'the sandbox for drafts cannot start')),
    async [Symbol.asyncDispose]() {
      const opened = await opening?.catch(() => null)
      await opened?.[Symbol.asyncDispose]()
    },
  }
}
