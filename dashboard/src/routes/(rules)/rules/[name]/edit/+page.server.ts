import { error, fail, redirect } from '@sveltejs/kit'
import type { Page, RequestSummary, RuleCheck, RuleSetDetail, RuleVersion } from '#lib/api.ts'
import { loginPath, read, tell } from '#lib/server/api.ts'
import { formTexts } from '#lib/server/form-text.ts'
import { settle } from '#lib/server/forms.ts'
import { previewOf } from '#lib/server/preview.ts'
import type { Actions, PageServerLoad } from './$types'

export const load: PageServerLoad = async (event) => {
  const path = `/rules/${encodeURIComponent(event.params.name)}`
  const ruleSet = await read<RuleSetDetail>(event, path)
  if (!ruleSet.verbs.includes('edit')) error(403, 'forbidden', { code: 'forbidden' })
  const begunFrom = (ruleSet.pending ?? ruleSet.published ?? ruleSet.history[0])?.version
  if (begunFrom === undefined) error(404, 'missing', { code: 'missing' })
  const [version, requests] = await Promise.all([
    read<RuleVersion>(event, `${path}/versions/${begunFrom}`),
    tell<Page<RequestSummary>>(event, 'GET', '/requests?limit=30'),
  ])
  const recent = requests.ok ? requests.value.items : []
  return {
    ruleSet,
    version,
    recent: recent
      .filter(({ source }) => ruleSet.sources.length === 0 || ruleSet.sources.includes(source))
      .map(({ id, kind, displayName, externalId }) => ({ id, kind, displayName, externalId })),
    saved: event.url.searchParams.has('saved'),
  }
}

const names = ['text', 'cases', 'comment', 'base', 'revision', 'subject', 'source', 'externalId'] as const

export const actions: Actions = {
  save: async (event) => {
    const fields = formTexts(await event.request.formData(), names)
    const { text, cases, comment } = fields
    const path = `/rules/${encodeURIComponent(event.params.name)}`
    const answer = await tell<RuleVersion>(event, 'PUT', `${path}/draft`, {
      text,
      cases: cases.trim() === '' ? null : cases,
      ...(comment.trim() === '' ? {} : { comment: comment.trim() }),
      base: Number(fields.base),
      ...(fields.revision === '' ? {} : { revision: Number(fields.revision) }),
    })
    return settle(event, answer, { form: 'save', fields }, () => `${path}/edit?saved`)
  },
  /** What the page does by itself while one types, for a browser without JavaScript. */
  try: async (event) => {
    const fields = formTexts(await event.request.formData(), names)
    const path = `/rules/${encodeURIComponent(event.params.name)}`
    const cases = fields.cases.trim() === '' ? null : fields.cases
    const [check, preview] = await Promise.all([
      tell<RuleCheck>(event, 'POST', `${path}/check`, { text: fields.text, cases }),
      previewOf(event, event.params.name, fields),
    ])
    if (!check.ok && check.status === 401) redirect(303, loginPath(event.url))
    if (!check.ok) return fail(check.status, { form: 'try', fields, code: check.code, detail: check.detail })
    return { form: 'try', fields, code: '', detail: null, check: check.value, preview: preview.ok ? preview.value : null }
  },
}
