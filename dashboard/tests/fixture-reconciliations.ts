/** The fixture's reconciliations: one that is done, with a finding of each kind, and one that runs. */
import type { Finding, Me, Reconciliation } from '../src/lib/api.ts'
import { json, problem } from './fixture-answers.ts'

const idOf = (kind: string, number: number) => `${kind}-0000-4000-8000-${String(number).padStart(12, '0')}`

export const knownReconciliations = { done: idOf('5eac0000', 1), running: idOf('5eac0000', 2) } as const
export const knownFindings = {
  divergent: idOf('f1d00000', 1),
  orphan: idOf('f1d00000', 2),
  missing: idOf('f1d00000', 3),
  ignored: idOf('f1d00000', 4),
  adopted: idOf('f1d00000', 5),
} as const

export interface FixtureReconciliations {
  answer(request: Request, me: Me, path: readonly string[], url: URL): Promise<Response>
  findings(request: Request, me: Me, path: readonly string[], url: URL): Promise<Response>
  reset(): void
}

const mayAct = ({ role }: Me) => role === 'admin' || role === 'operator'

export function createReconciliations(now: number): FixtureReconciliations {
  let [runs, findings] = [buildRuns(now), buildFindings(now)]
  return {
    reset: () => void ([runs, findings] = [buildRuns(now), buildFindings(now)]),
    async answer(request, me, [id, part]) {
      if (request.method === 'POST' && !mayAct(me)) return problem(403, 'forbidden')
      if (id === undefined && request.method === 'POST') {
        const { target, reason } = (await request.json()) as { target: string; reason: string }
        if (runs.some((one) => one.target === target && one.endedAt === null)) return problem(409, 'conflict')
        const begun = { ...run(now, idOf('5eac0000', runs.length + 1), target), by: `person:${me.name}`, reason }
        runs = [begun, ...runs]
        return json(begun, { status: 202 })
      }
      if (id === undefined) return json({ items: runs, next: null })
      const found = runs.find((one) => one.id === id)
      if (found === undefined) return problem(404, 'missing')
      if (part !== 'cancel') return json(found)
      runs = runs.map((one) => (one.id === id ? { ...one, state: 'cancelled', endedAt: new Date().toISOString() } : one))
      return json(found)
    },
    async findings(request, me, [id, verb], url) {
      const kind = url.searchParams.get('kind')
      const isThere = url.searchParams.get('reconciliation') === knownReconciliations.done
      if (id === undefined)
        return json({ items: isThere ? findings.filter((one) => kind === null || one.kind === kind) : [], next: null })
      const found = findings.find((one) => one.id === id)
      if (found === undefined) return problem(404, 'missing')
      if (verb === undefined) return json(found)
      if (!mayAct(me)) return problem(403, 'forbidden')
      const body = (await request.json()) as { readonly externalId?: string; readonly until?: string; readonly reason: string }
      if (verb === 'adopt' && body.externalId === 'E-0') return problem(422, 'unprocessable')
      const changed = { ...found, ...changeOf(verb, body, me) }
      findings = findings.map((one) => (one.id === id ? changed : one))
      return json(changed)
    },
  }
}

function changeOf(verb: string, body: { readonly until?: string; readonly reason: string }, me: Me): Partial<Finding> {
  const at = new Date().toISOString()
  if (verb === 'ignore')
    return { state: 'ignored', ignored: { until: body.until ?? at, by: `person:${me.name}`, reason: body.reason } }
  if (verb === 'repair') return { state: 'repairing' }
  return { state: 'closed', closed: { at, by: 'adopted' } }
}

function run(now: number, id: string, target: string): Reconciliation {
  return {
    id,
    target,
    state: 'waiting',
    by: 'schedule',
    reason: null,
    expected: 1240,
    listed: 0,
    counts: { matched: 0, missing: 0, orphan: 0, divergent: 0, adopted: 0, busy: 0 },
    createdAt: new Date(now - 60_000).toISOString(),
    startedAt: null,
    endedAt: null,
    waitsUntil: null,
    problem: null,
  }
}

function buildRuns(now: number): readonly Reconciliation[] {
  const counts = { matched: 1236, missing: 1, orphan: 1, divergent: 1, adopted: 1, busy: 2 }
  return [
    {
      ...run(now, knownReconciliations.running, 'badges'),
      state: 'running',
      listed: 500,
      waitsUntil: new Date(now + 30_000).toISOString(),
    },
    {
      ...run(now, knownReconciliations.done, 'annuaire'),
      state: 'done',
      listed: 1240,
      counts,
      endedAt: new Date(now).toISOString(),
    },
  ]
}

function buildFindings(now: number): readonly Finding[] {
  const person = { source: 'rh', externalId: 'E-42', displayName: 'Zoé Müller' }
  const finding = (id: string, kind: Finding['kind'], label: string): Finding => ({
    id,
    target: 'annuaire',
    kind,
    state: 'open',
    nativeId: `uuid-${label}`,
    label,
    identity: kind === 'orphan' ? null : person,
    candidate: null,
    differences: [],
    foundAt: new Date(now - 86_400_000).toISOString(),
    seenAt: new Date(now).toISOString(),
    closed: null,
    ignored: null,
    requestId: null,
  })
  return [
    {
      ...finding(knownFindings.divergent, 'divergent', 'zmuller'),
      differences: [
        { item: 'title', expected: ['Comptable'], found: ['Directrice'] },
        { item: 'enabled', expected: [true], found: [false] },
        { item: 'memberships', expected: ['finance'], found: [] },
      ],
    },
    {
      ...finding(knownFindings.orphan, 'orphan', 'mystere'),
      candidate: { source: 'rh', externalId: 'E-7', displayName: 'Ada Lovelace' },
    },
    finding(knownFindings.missing, 'missing', 'jdupont'),
    {
      ...finding(knownFindings.ignored, 'orphan', 'robot'),
      state: 'ignored',
      ignored: { until: new Date(now + 86_400_000).toISOString(), by: 'person:admin', reason: 'compte de service' },
    },
    finding(knownFindings.adopted, 'adopted', 'amartin'),
  ]
}
