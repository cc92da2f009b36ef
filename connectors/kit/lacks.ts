/** Targets that lack what others of their kind have, because a setting of theirs is empty. */
import * as v from 'valibot'
import type { Capabilities, Lack } from './connector.ts'

const Settings = v.record(v.string(), v.unknown())

/** Each thing by the setting without which it is lacking; for `capabilitiesOf`. */
export function lackingWithout(
  capabilities: Capabilities,
  settings: Partial<Readonly<Record<Lack, string>>>,
): (config: unknown) => Capabilities {
  return (config) => {
    const given = v.safeParse(Settings, config)
    if (!given.success) return capabilities
    const isEmpty = (setting: string) => given.output[setting] === undefined || given.output[setting] === null
    const lacks = (Object.entries(settings) as [Lack, string][]).flatMap(([lack, setting]) => (isEmpty(setting) ? [lack] : []))
    return lacks.length === 0 ? capabilities : { ...capabilities, lacks }
  }
}
