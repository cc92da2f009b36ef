/**
 * Asks targets once a day what they are and can, and tells people when what the gateway logs in with ends soon. It has connections of its own: no step
 * waits for it, and a target that is parked is left alone.
 */
import { surveyTarget } from '#connectors/survey-target.ts'
import type { OpenTargets } from '#connectors/open-targets.ts'
import type { Sql } from '#core/database.ts'
import type { Logger } from '#core/log.ts'
import { conditionOf } from '#core/target-state.ts'
import { takeDueSurvey, warnOfEndingSecrets } from '#core/target-surveys.ts'
import type { TargetWatch } from '#core/target-watch.ts'

export interface SurveysDeps {
  readonly sql: Sql
  readonly targets: Pick<OpenTargets, 'names' | 'survey'>
  readonly watch: Pick<TargetWatch, 'stateOf'>
  readonly log: Logger
}

/** Often enough for a target that came yesterday, and late enough for one that is configured step by step. */
const everyMs = 300_000
const patienceMs = 30_000

export function keepSurveys(deps: SurveysDeps): AsyncDisposable {
  const stopping = new AbortController()
  let looking: Promise<void> | null = null
  const timer = setInterval(() => {
    looking ??= surveyOnce(deps, stopping.signal)
      .catch((err: unknown) => deps.log.warn({ err }, 'it could not be looked up which targets are to be asked what they can'))
      .finally(() => {
        looking = null
      })
  }, everyMs)
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(timer)
      stopping.abort()
      await looking
    },
  }
}

/** Asks those whose day it is, one after the other, and tells of what ends. */
export async function surveyOnce(deps: SurveysDeps, signal: AbortSignal): Promise<void> {
  const { sql, targets, watch, log } = deps
  const well = () => targets.names.filter((name) => conditionOf(watch.stateOf(name)) === 'ok')
  while (!signal.aborted) {
    const target = await takeDueSurvey(sql, well())
    if (target === null) break
    await surveyTarget({ targets, sql, log }, target, AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]))
  }
  for (const { target, endsAt } of await warnOfEndingSecrets(sql, targets.names))
    log.warn(
      { target, endsAt: endsAt.toISOString(), alert: true },
      'what the gateway logs in to the target with ends soon, or did',
    )
}
