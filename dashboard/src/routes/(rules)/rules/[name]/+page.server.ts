import { type RequestEvent } from '@sveltejs/kit'
import type { RuleSetDetail } from '#lib/api.ts'
import { read, tell } from '#lib/server/api.ts'
import { formTexts } from '#lib/server/form-text.ts'
import { refuse, settle } from '#lib/server/forms.ts'
import { instantOf } from '#lib/server/local-time.ts'
import type { Actions, PageServerLoad } from './$types'

export const load: PageServerLoad = async (event) => ({
  ruleSet: await read<RuleSetDetail>(event, `/rules/${encodeURIComponent(event.params.name)}`),
  did: event.url.searchParams.get('did'),
})

type Fields = Record<'version' | 'reason' | 'comment' | 'decision' | 'at' | 'override' | 'overrideReason', string>
const names = ['version', 'reason', 'comment', 'decision', 'at', 'override', 'overrideReason'] as const

interface Asked {
  readonly method?: 'POST' | 'DELETE'
  /** Below the rule set. */
  readonly path: string
  readonly body: Readonly<Record<string, unknown>>
}

/** Does with a version what one form asks for; `toAsked` answers null when something that is needed was left out. */
async function act(event: RequestEvent, verb: string, toAsked: (fields: Fields, version: string) => Asked | null) {
  const fields = formTexts(await event.request.formData(), names)
  const asked = toAsked(fields, `/versions/${encodeURIComponent(fields.version)}`)
  if (asked === null) return refuse(verb, 'missing', fields)
  const name = encodeURIComponent(event.params['name'] ?? '')
  const answer = await tell(event, asked.method ?? 'POST', `/rules/${name}${asked.path}`, asked.body)
  return settle(event, answer, { form: verb, fields }, () => `/rules/${name}?did=${verb}`)
}

const said = (text: string) => (text.trim().length < 3 ? null : text.trim())
const optional = (name: string, text: string) => (text.trim() === '' ? {} : { [name]: text.trim() })

function publication(event: RequestEvent, { reason, at, override, overrideReason }: Fields, path: string): Asked | null {
  const instant = at === '' ? null : instantOf(at, event.locals.timeZone)
  const why = said(overrideReason)
  if ((at !== '' && instant === null) || (override !== '' && why === null)) return null
  const body = { ...optional('reason', reason), ...(instant === null ? {} : { at: instant }), ...(override === '' ? {} : { override: { reason: why } }) }
  return { path: `${path}/publish`, body }
}

export const actions: Actions = {
  test: (event) => act(event, 'test', (_, version) => ({ path: `${version}/test`, body: {} })),
  submit: (event) => act(event, 'submit', ({ comment }, version) => ({ path: `${version}/submit`, body: optional('comment', comment) })),
  review: (event) =>
    act(event, 'review', ({ decision, reason }, version) =>
      said(reason) === null ? null : { path: `${version}/review`, body: { decision: decision === 'approve' ? 'approve' : 'reject', reason: said(reason) } },
    ),
  publish: (event) => act(event, 'publish', (fields, version) => publication(event, fields, version)),
  restore: (event) => act(event, 'restore', ({ reason }, version) => (said(reason) === null ? null : { path: `${version}/restore`, body: { reason: said(reason) } })),
  withdraw: (event) =>
    act(event, 'withdraw', ({ reason }) => (said(reason) === null ? null : { method: 'DELETE', path: '/draft', body: { reason: said(reason) } })),
}
