/** What a live event does to a list of requests: rows change where they stand, new ones are counted and never pushed in. */
import type { LiveEvent, RequestSummary } from '../api.ts'

export interface ListFilter {
  readonly states: readonly string[]
  readonly kind: string
  readonly source: string
  readonly target: string
  readonly text: string
}

export interface LiveRows {
  readonly rows: readonly RequestSummary[]
  /** Ids of matching requests that arrived since the page was loaded. */
  readonly fresh: ReadonlySet<string>
}

export function applyEvent(list: LiveRows, event: LiveEvent, filter: ListFilter): LiveRows {
  if (event.type === 'target') return list
  const id = event.type === 'request' ? event.request.id : event.requestId
  const index = list.rows.findIndex((row) => row.id === id)
  const row = list.rows[index]
  if (row !== undefined) return { ...list, rows: list.rows.with(index, updated(row, event)) }
  if (event.type === 'step' || list.fresh.has(id) || !matches(event.request, filter)) return list
  return isNewer(event.request, list.rows[0]) ? { ...list, fresh: new Set([...list.fresh, id]) } : list
}

function updated(row: RequestSummary, event: Exclude<LiveEvent, { type: 'target' }>): RequestSummary {
  if (event.type === 'request') return event.request
  return { ...row, steps: row.steps.map((step) => (step.target === event.target ? { ...step, state: event.state } : step)) }
}

/** A change of an old request, further down than what is loaded, is not news. */
function isNewer(request: RequestSummary, first: RequestSummary | undefined): boolean {
  return first === undefined || request.receivedAt >= first.receivedAt
}

export function matches(request: RequestSummary, filter: ListFilter): boolean {
  return (
    (filter.states.length === 0 || filter.states.includes(request.state)) &&
    (filter.kind === '' || request.kind === filter.kind) &&
    (filter.source === '' || request.source === filter.source) &&
    (filter.target === '' || request.steps.some(({ target }) => target === filter.target)) &&
    (filter.text === '' || fold(`${request.displayName ?? ''} ${request.externalId}`).includes(fold(filter.text)))
  )
}

const fold = (text: string) => text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase()
