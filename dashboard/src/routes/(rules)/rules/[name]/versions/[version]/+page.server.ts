import type { RuleSetDetail, RuleVersion } from '#lib/api.ts'
import { read } from '#lib/server/api.ts'
import type { PageServerLoad } from './$types'

export const load: PageServerLoad = async (event) => {
  const path = `/rules/${encodeURIComponent(event.params.name)}`
  const [version, ruleSet] = await Promise.all([
    read<RuleVersion>(event, `${path}/versions/${encodeURIComponent(event.params.version)}`),
    read<RuleSetDetail>(event, path),
  ])
  return { version, published: ruleSet.published?.version ?? null }
}
