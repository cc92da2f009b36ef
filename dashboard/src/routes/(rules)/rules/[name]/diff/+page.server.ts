import type { Page, RuleDiff, RuleSetDetail, Simulation } from '#lib/api.ts'
import { read, tell } from '#lib/server/api.ts'
import { toDiffRows } from '#lib/unified-diff.ts'
import type { PageServerLoad } from './$types'

/** Two versions: those of the address, else the one in force and what is being prepared, else the last two. */
export const load: PageServerLoad = async (event) => {
  const path = `/rules/${encodeURIComponent(event.params.name)}`
  const ruleSet = await read<RuleSetDetail>(event, path)
  const versions = ruleSet.history.map(({ version }) => version)
  const chosen = (name: string) => versions.find((version) => String(version) === event.url.searchParams.get(name))
  const to = chosen('to') ?? ruleSet.pending?.version ?? versions[0] ?? 1
  const from =
    chosen('from') ??
    (ruleSet.published !== null && ruleSet.published.version !== to
      ? ruleSet.published.version
      : (versions.find((version) => version < to) ?? to))
  const [diff, simulations] = await Promise.all([
    read<RuleDiff>(event, `${path}/diff?from=${from}&to=${to}`),
    tell<Page<Simulation>>(event, 'GET', `${path}/simulations`),
  ])
  const tried = simulations.ok ? simulations.value.items.filter(({ version, against }) => version === to && against === from) : []
  return { ruleSet, diff, rows: toDiffRows(diff.text), simulation: tried[0] ?? null }
}
