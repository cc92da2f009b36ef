import { error, json } from '@sveltejs/kit'
import { previewOf, type PreviewAsked } from '#lib/server/preview.ts'
import type { RequestHandler } from './$types'

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
  if (!answer.ok) error(answer.status, answer.code, { code: answer.code })
  return json(answer.value)
}
