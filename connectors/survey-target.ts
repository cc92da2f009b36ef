/** Asking a target what it is and what of the declared capabilities holds there, and keeping it; never as a part of a step, which would wait for it. */
import type { Sql } from '#core/database.ts'
import type { Logger } from '#core/log.ts'
import { keepSurvey } from '#core/target-surveys.ts'
import type { Survey } from './kit/connector.ts'
import type { OpenTargets } from './open-targets.ts'

export interface SurveyDeps {
  readonly targets: Pick<OpenTargets, 'survey'>
  readonly sql: Sql
  readonly log: Logger
}

/** Null where it has nothing to say, or could not be asked: what it said before stays, or what is declared of its kind counts. */
export async function surveyTarget(
  { targets, sql, log }: SurveyDeps,
  target: string,
  signal: AbortSignal,
): Promise<Survey | null> {
  try {
    const { revision, survey } = await targets.survey(target, signal)
    await keepSurvey(sql, { target, revision, survey })
    return survey
  } catch (err) {
    log.warn({ err, target }, 'the target could not be asked what it can')
    return null
  }
}
