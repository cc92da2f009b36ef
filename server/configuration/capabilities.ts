/** What a kind of system, or a target with its settings and by its own word, can do, undo and bear, as people read it. */
import type { Capabilities, Connector, Survey } from '#connectors/kit/connector.ts'
import { toSurvey, withNarrowing } from '#connectors/kit/survey.ts'
import { readSurveys } from '#core/target-surveys.ts'
import type { Sql } from '#core/database.ts'
import type { TargetCapabilities, TargetSurvey } from '../api/target-types.ts'

export function toCapabilities(capabilities: Capabilities): TargetCapabilities {
  const { undo, idempotent, lacks = [], memberships, conditionalWrite, nativeId, concurrency, rate, deadlineMs } = capabilities
  return {
    ...{ undo, idempotent, lacks, memberships: lacks.includes('memberships') ? null : memberships },
    ...{ conditionalWrite, nativeId, concurrency, rate: rate ?? null, deadlineMs },
  }
}

/** With these settings; what depends on none is the kind's. Of that, what the target said of itself takes away. */
export function capabilitiesOf(
  { capabilities, capabilitiesOf: of }: Connector,
  config: unknown,
  survey: Survey | null = null,
): TargetCapabilities {
  return toCapabilities(withNarrowing(of?.(config) ?? capabilities, survey?.narrows ?? {}))
}

export interface Surveyed {
  readonly survey: Survey
  readonly surveyedAt: Date
}

/** What the target said of itself under its present configuration; null when nobody asked, or it has nothing to say. */
export async function surveyOf(sql: Sql, target: string): Promise<Surveyed | null> {
  const [kept] = await readSurveys(sql, target)
  const survey = kept === undefined ? null : toSurvey(kept.survey)
  return kept === undefined || survey === null ? null : { survey, surveyedAt: kept.surveyedAt }
}

/** The same of all targets that said something. */
export async function allSurveys(sql: Sql): Promise<ReadonlyMap<string, Survey>> {
  const kept = await readSurveys(sql)
  return new Map(
    kept.flatMap(({ target, survey }) => {
      const read = toSurvey(survey)
      return read === null ? [] : [[target, read] as const]
    }),
  )
}

export function toTargetSurvey({ survey, surveyedAt }: Surveyed): TargetSurvey {
  const { system, facts, secretEndsAt } = survey
  return { surveyedAt: surveyedAt.toISOString(), system, facts, secretEndsAt }
}
