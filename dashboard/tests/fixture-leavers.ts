/** The fixture's departures, one in each state, and what people and sources were told. */
import type { Departure, Me, Notification } from '../src/lib/api.ts'
import { json, problem } from './fixture-answers.ts'
import { known } from './fixture-data.ts'

const idOf = (kind: string, number: number) => `${kind}-0000-4000-8000-${String(number).padStart(12, '0')}`

export const knownLeavers = {
  waiting: idOf('de0a0000', 1),
  failing: idOf('de0a0000', 2),
  filed: idOf('de0a0000', 3),
  kept: idOf('de0a0000', 4),
  returned: idOf('de0a0000', 5),
  dead: idOf('4071f000', 1),
} as const

type Answer = (request: Request, me: Me, path: readonly string[], url: URL) => Promise<Response>

export interface FixtureLeavers {
  readonly departures: Answer
  readonly notifications: Answer
  reset(): void
}

const mayAct = ({ role }: Me) => role === 'admin' || role === 'operator'
const day = 86_400_000

export function createLeavers(now: number): FixtureLeavers {
  let [departures, notifications] = [buildDepartures(now), buildNotifications(now)]
  return {
    reset: () => void ([departures, notifications] = [buildDepartures(now), buildNotifications(now)]),
    async departures(request, me, [id, verb], { searchParams }) {
      const shown = (one: Departure) => ({ ...one, mayChange: mayAct(me) && ['waiting', 'kept'].includes(one.state) })
      if (id === undefined) return json(pageOf(departures.filter((one) => isAsked(one, searchParams)).map(shown), searchParams))
      const found = departures.find((one) => one.id === id)
      if (found === undefined) return problem(404, 'missing')
      if (verb === undefined) return json(shown(found))
      if (!mayAct(me)) return problem(403, 'forbidden')
      const { until, reason } = (await request.json()) as { readonly until?: string; readonly reason: string }
      if (reason.includes('trop tard')) return problem(409, 'conflict')
      if (until !== undefined && until <= found.deleteAt) return problem(422, 'unprocessable')
      const changed = { by: `person:${me.name}`, reason, at: new Date().toISOString() }
      const after: Departure = {
        ...found,
        changed,
        problem: null,
        ...(until === undefined ? { state: 'kept' } : { state: 'waiting', deleteAt: until }),
      }
      departures = departures.map((one) => (one.id === id ? after : one))
      return json(shown(after))
    },
    async notifications(request, me, [id], { searchParams }) {
      if (!mayAct(me) && me.role !== 'auditor') return problem(403, 'forbidden')
      if (id === undefined)
        return json(
          pageOf(
            notifications.filter((one) => isWanted(one, searchParams)),
            searchParams,
          ),
        )
      const found = notifications.find((one) => one.id === id)
      if (found === undefined) return problem(404, 'missing')
      const { reason } = (await request.json()) as { readonly reason: string }
      if (reason.includes('trop tard')) return problem(409, 'conflict')
      const again: Notification = { ...found, state: 'waiting', attempts: 0, nextAttemptAt: new Date(now + 15_000).toISOString() }
      notifications = notifications.map((one) => (one.id === id ? again : one))
      return json(again, { status: 202 })
    },
  }
}

function isAsked(one: Departure, query: URLSearchParams): boolean {
  return (
    (query.get('state') ?? one.state) === one.state &&
    (query.get('target') ?? one.target) === one.target &&
    (query.get('externalId') ?? one.externalId) === one.externalId &&
    (query.get('until') ?? one.deleteAt) >= one.deleteAt
  )
}

function isWanted(one: Notification, query: URLSearchParams): boolean {
  return (
    (query.get('state') ?? one.state) === one.state &&
    (query.get('channel') ?? one.channel) === one.channel &&
    (query.get('request') ?? one.requestId) === one.requestId
  )
}

function pageOf<Item>(items: readonly Item[], query: URLSearchParams) {
  const start = Number(query.get('cursor') ?? 0)
  const end = start + 50
  return { items: items.slice(start, end), next: end < items.length ? String(end) : null }
}

function buildDepartures(now: number): readonly Departure[] {
  const departure = (id: string, state: Departure['state'], externalId: string, displayName: string | null): Departure => ({
    ...{
      id,
      state,
      externalId,
      displayName,
      source: 'rh',
      target: 'annuaire',
      label: `uid=${externalId.toLowerCase()},ou=former`,
    },
    disabledAt: new Date(now - 3 * day).toISOString(),
    deleteAt: new Date(now + 27 * day + 60_000).toISOString(),
    disabledBy: known.succeeded,
    ...{ deletion: null, isForgotten: false, problem: null, changed: null, mayChange: false },
  })
  return [
    departure(knownLeavers.waiting, 'waiting', 'E-42', 'Zoé Müller'),
    {
      ...departure(knownLeavers.failing, 'waiting', 'E-43', 'Jean d’Arc'),
      deleteAt: new Date(now - day).toISOString(),
      problem: { code: 'rule_failed', message: 'the rule set could not be evaluated' },
      isForgotten: true,
    },
    { ...departure(knownLeavers.filed, 'filed', 'E-44', 'Noël Lefèvre'), deletion: known.running, target: 'badges' },
    {
      ...departure(knownLeavers.kept, 'kept', 'E-45', null),
      problem: {
        code: 'cancelled',
        message: 'the rules in force delete nobody in this target after a grace any more',
      },
      changed: { by: 'gateway', reason: null, at: new Date(now - day).toISOString() },
    },
    departure(knownLeavers.returned, 'returned', 'E-46', 'Inès Œuvrard'),
  ]
}

function buildNotifications(now: number): readonly Notification[] {
  const notification = (number: number, kind: Notification['kind'], recipient: string): Notification => ({
    ...{
      id: idOf('4071f000', number),
      channel: 'mail',
      kind,
      recipient,
      requestId: known.running,
      target: null,
      approvalId: null,
    },
    ...{ state: 'sent', attempts: 1, nextAttemptAt: null, error: null },
    createdAt: new Date(now - 60_000).toISOString(),
    sentAt: new Date(now - 50_000).toISOString(),
  })
  const unsent = {
    sentAt: null,
    error: { code: 'transient', message: 'the mail server does not answer', vendorCode: 'ECONNREFUSED' },
  } as const
  return [
    { ...notification(1, 'approval_asked', 'person:approbatrice'), ...unsent, state: 'dead', attempts: 12 },
    {
      ...notification(2, 'request_settled', 'source:rh'),
      ...unsent,
      channel: 'webhook',
      state: 'waiting',
      attempts: 3,
      nextAttemptAt: new Date(now + 120_000).toISOString(),
    },
    notification(3, 'approval_reminder', 'person:approbatrice'),
    { ...notification(4, 'secret_ends', 'person:administratrice'), requestId: null, target: 'annuaire' },
    // More than a page.
    ...Array.from({ length: 60 }, (_, index) => notification(10 + index, 'approval_delegated', 'person:operatrice')),
  ]
}
