/** What a text would make of somebody: the gateway plans, this only says of whom, in the API's words. */
import { parse } from 'yaml'
import type { RequestEvent } from '@sveltejs/kit'
import type { RulePreview } from '#lib/api.ts'
import { tell, type Answer } from './api.ts'

export interface PreviewAsked {
  readonly text: string
  readonly cases: string
  /** `case:<number from 0>`, `request:<id>`, or `person`, of a source and an id there. */
  readonly subject: string
  readonly source: string
  readonly externalId: string
}

export async function previewOf(
  event: Pick<RequestEvent, 'fetch' | 'url'>,
  name: string,
  asked: PreviewAsked,
): Promise<Answer<RulePreview>> {
  const given = givenOf(asked)
  if (given === null) return { ok: false, status: 422, code: 'nobody', detail: null }
  return tell<RulePreview>(event, 'POST', `/rules/${encodeURIComponent(name)}/preview`, { text: asked.text, given })
}

/** Null when there is no such case, or nobody was named. */
function givenOf({ cases, subject, source, externalId }: PreviewAsked): object | null {
  const [kind, id = ''] = subject.split(/:(.*)/s)
  if (kind === 'request') return { requestId: id }
  if (kind === 'person') return source === '' || externalId.trim() === '' ? null : { source, externalId: externalId.trim() }
  return givenOfCase(cases, Number(id))
}

function givenOfCase(cases: string, index: number): object | null {
  try {
    const document: unknown = parse(cases, { maxAliasCount: 0 })
    const list = isRecord(document) && Array.isArray(document['cases']) ? (document['cases'] as readonly unknown[]) : []
    const one = list[index]
    if (!isRecord(one)) return null
    return isRecord(one['given']) ? one['given'] : {}
  } catch {
    // Being written: the check says what is wrong with it, and where.
    return null
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
