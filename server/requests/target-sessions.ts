/** Sessions with the configured targets in a process that only reads them now and then: opened with the first question, anew when the configuration changes. */
import type { OpenTargets } from '#connectors/open-targets.ts'
import type { Logger } from '#core/log.ts'

export interface TargetSessions extends Pick<OpenTargets, 'open' | 'test' | 'discover' | 'survey'>, AsyncDisposable {
  /** The configuration changed. */
  refresh(): void
}

export function createTargetSessions(openAll: () => Promise<OpenTargets>, log: Logger): TargetSessions {
  let current: Promise<OpenTargets> | null = null
  const close = async () => {
    const open = current
    current = null
    await open?.then(
      (targets) => targets[Symbol.asyncDispose](),
      () => undefined,
    )
  }
  const targets = () => {
    current ??= openAll()
    const opening = current
    opening.catch(() => {
      if (current === opening) current = null
    })
    return opening
  }
  return {
    open: async (target, signal) => (await targets()).open(target, signal),
    test: async (target, signal, mapped) => (await targets()).test(target, signal, mapped),
    discover: async (target, signal) => (await targets()).discover(target, signal),
    survey: async (target, signal) => (await targets()).survey(target, signal),
    refresh: () => void close().catch((err: unknown) => log.warn({ err }, 'sessions with the targets could not be closed')),
    [Symbol.asyncDispose]: close,
  }
}
