import { error, json } from '@sveltejs/kit'
import { previewOf, type PreviewAsked } from '#lib/server/preview.ts'
import type { RulePreview } from '#lib/api.ts'
import type { RequestHandler } from './$types'

export interface Previewed {
  readonly preview: RulePreview | null
  readonly code: string | null
}

/** The preview while somebody types. It changes nothing, and asks the API with the reader's own rights. */
export const POST: RequestHandler = async (event) => {
  const body = (await event.request.json().catch(() => null)) as Partial<Record<keyof PreviewAsked, unknown>> | null
  const text = (name: keyof PreviewAsked) => (typeof body?.[name] === 'string' ? body[name] : '')
  const answer = await previewOf(event, event.params.name, {
    text: text('text'),
    cases: text('cases'),
    subject: text('subject'),
    source: text('source'),
    externalId: text('externalId'),
  })
  // Nobody to be seen is an answer like any other; that the API is away is not.
  if (!answer.ok && answer.status >= 500) error(answer.status, answer.code, { code: answer.code })
  return json(answer.ok ? { preview: answer.value, code: null } : ({ preview: null, code: answer.code } satisfies Previewed))
}
