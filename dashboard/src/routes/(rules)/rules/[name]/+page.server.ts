import { type RequestEvent } from '@sveltejs/kit'
import type { RuleSetDetail, SafetyStatus } from '#lib/api.ts'
import { read, tell } from '#lib/server/api.ts'
import { formTexts } from '#lib/server/form-text.ts'
import { refuse, settle } from '#lib/server/forms.ts'
import { instantOf } from '#lib/server/local-time.ts'
import type { Actions, PageServerLoad } from './$types'

export const load: PageServerLoad = async (event) => {
  const [ruleSet, safety] = await Promise.all([
    read<RuleSetDetail>(event, `/rules/${encodeURIComponent(event.params.name)}`),
    tell<{ readonly items: readonly SafetyStatus[] }>(event, 'GET', '/safety'),
  ])
  const thresholds = (safety.ok ? safety.value.items : []).filter((one) => one.ruleSet === ruleSet.name)
  return { ruleSet, thresholds, did: event.url.searchParams.get('did') }
}

type Fields = Record<'version' | 'revision' | 'reason' | 'comment' | 'decision' | 'at' | 'override' | 'overrideReason', string>
const names = ['version', 'revision', 'reason', 'comment', 'decision', 'at', 'override', 'overrideReason'] as const

interface Asked {
  /** Below the version. */
  readonly path: string
  readonly body: Readonly<Record<string, unknown>>
}

/** Does with a version what one form asks for; `toAsked` answers null when something that is needed was left out. */
async function act(event: RequestEvent, verb: string, toAsked: (fields: Fields) => Asked | null) {
  const fields = formTexts(await event.request.formData(), names)
  const asked = toAsked(fields)
  if (asked === null) return refuse(verb, 'missing', fields)
  const name = encodeURIComponent(event.params['name'] ?? '')
  const answer = await tell(
    event,
    'POST',
    `/rules/${name}/versions/${encodeURIComponent(fields.version)}/${asked.path}`,
    asked.body,
  )
  return settle(event, answer, { form: verb, fields }, () => `/rules/${name}?did=${verb}`)
}

const said = (text: string) => (text.trim().length < 3 ? null : text.trim())
const optional = (name: string, text: string) => (text.trim() === '' ? {} : { [name]: text.trim() })
/** Of a version that somebody changed since it was shown nothing is done. */
const seen = ({ revision }: Fields) => (/^\d+$/.test(revision) ? { revision: Number(revision) } : {})

function publication(event: RequestEvent, fields: Fields): Asked | null {
  const { reason, at, override, overrideReason } = fields
  const instant = at === '' ? null : instantOf(at, event.locals.timeZone)
  const why = said(overrideReason)
  if ((at !== '' && instant === null) || (override !== '' && why === null) || (reason.trim() !== '' && said(reason) === null))
    return null
  const when = instant === null ? {} : { at: instant }
  return {
    path: 'publish',
    body: { ...seen(fields), ...optional('reason', reason), ...when, ...(override === '' ? {} : { override: { reason: why } }) },
  }
}

function review(fields: Fields): Asked | null {
  const reason = said(fields.reason)
  const decision = fields.decision === 'approve' ? 'approve' : 'reject'
  return reason === null ? null : { path: 'review', body: { ...seen(fields), decision, reason } }
}

const withReason =
  (path: string) =>
  (fields: Fields): Asked | null => {
    const reason = said(fields.reason)
    return reason === null ? null : { path, body: { reason } }
  }

export const actions: Actions = {
  test: (event) => act(event, 'test', () => ({ path: 'test', body: {} })),
  submit: (event) =>
    act(event, 'submit', (fields) => ({ path: 'submit', body: { ...seen(fields), ...optional('comment', fields.comment) } })),
  review: (event) => act(event, 'review', review),
  publish: (event) => act(event, 'publish', (fields) => publication(event, fields)),
  restore: (event) => act(event, 'restore', withReason('restore')),
  withdraw: (event) => act(event, 'withdraw', withReason('withdraw')),
}
