import type { LookupTable, Page, RuleSetSummary, RuleVersion, Target } from '#lib/api.ts'
import { read, tell } from '#lib/server/api.ts'
import { formTexts } from '#lib/server/form-text.ts'
import { refuse, settle } from '#lib/server/forms.ts'
import type { Actions, PageServerLoad } from './$types'

export const load: PageServerLoad = async (event) => {
  const [ruleSets, lookups] = await Promise.all([
    read<Page<RuleSetSummary>>(event, '/rules'),
    tell<Page<LookupTable>>(event, 'GET', '/lookups'),
  ])
  return {
    ruleSets: ruleSets.items,
    lookups: lookups.ok ? lookups.value.items : [],
    creating: event.url.searchParams.has('create'),
  }
}

/** What a rule set begins as: enough to be right, little enough to be read. */
function firstText(name: string, target: string): string {
  return `name: ${name}

identity:
  login: $unique($login(givenName, familyName))

targets:
  ${target}:
    correlate:
      login: identity.login
    attributes:
      login: identity.login
`
}

export const actions: Actions = {
  create: async (event) => {
    const fields = formTexts(await event.request.formData(), ['name'])
    const name = fields.name.trim()
    if (!/^[a-z0-9][a-z0-9-]{0,62}$/.test(name)) return refuse('create', 'missing', fields)
    const targets = await tell<{ readonly items: readonly Target[] }>(event, 'GET', '/targets')
    const first = targets.ok ? (targets.value.items[0]?.name ?? 'directory') : 'directory'
    const answer = await tell<RuleVersion>(event, 'POST', '/rules', { name, text: firstText(name, first) })
    return settle(event, answer, { form: 'create', fields }, () => `/rules/${name}/edit`)
  },
}
