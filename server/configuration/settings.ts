/** A target's settings for people: as they are applied, without what is secret, and as they would stand in the configuration's file. */
import { stringify } from 'yaml'
import type { Connector, Survey } from '#connectors/kit/connector.ts'
import type { TargetRecord } from '#core/targets.ts'
import type { SettingsCheck, TargetSettings } from '../api/target-types.ts'
import { secretNames } from './apply.ts'
import { capabilitiesOf } from './capabilities.ts'
import { judgeSettings } from './judge.ts'
import { listsOf, problemPhrase } from './problem-phrases.ts'
import { pathOf, safeMessage } from './read.ts'

/** A connector that this version does not know shows none of its settings: nobody knows which of them are secret. */
export function toSettings(
  { name, connector: id, config, revision }: TargetRecord,
  connector: Connector | undefined,
  survey: Survey | null = null,
): TargetSettings {
  const given = (config ?? {}) as Readonly<Record<string, unknown>>
  const secret = new Set(connector === undefined ? Object.keys(given) : secretNames(connector.config))
  return {
    name,
    connector: id,
    config: Object.fromEntries(
      Object.entries(given).flatMap(([setting, value]) =>
        secret.has(setting) ? [] : [[setting, withoutHeaders(setting, value)]],
      ),
    ),
    secrets: Object.fromEntries([...secret].map((setting) => [setting, (given[setting] ?? null) !== null])),
    revision,
    capabilities: connector === undefined ? null : capabilitiesOf(connector, config, survey),
  }
}

/** Some systems are logged in to by a header of their own: headers are shown by their names. */
function withoutHeaders(name: string, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => withoutHeaders('', item))
  if (typeof value !== 'object' || value === null) return value
  if ('$sealed' in value) return '…'
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, name === 'headers' ? '…' : withoutHeaders(key, item)]),
  )
}

export interface GivenSettings {
  readonly name: string
  readonly config: Readonly<Record<string, unknown>>
}

/** What the connector's own schema says of settings; `${NAME}` is filled only when they are applied, and is not judged. */
export function checkSettings(connector: Connector, { name, config }: GivenSettings): SettingsCheck {
  const issues = judgeSettings(connector.config, config)
  const lists = listsOf(connector)
  const problems = issues.map((issue) => ({
    path: `/${pathOf(issue).join('/')}`,
    message: safeMessage(issue),
    phrase: problemPhrase(issue, lists),
  }))
  const yaml = stringify({ targets: { [name]: { connector: connector.id, config } } }, { lineWidth: 0 })
  return { ok: problems.length === 0, problems, yaml }
}
