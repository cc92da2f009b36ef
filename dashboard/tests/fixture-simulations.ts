/** The fixture's simulations: one that is done, one that is out of date, and those that somebody starts, which advance at each look. */
import { functionPhrases } from '../../rules/phrases/functions.ts'
import { inPlace } from '../../rules/phrases/place.ts'
import type { Me, Simulation, SimulationCounts, SimulationResult, SimulationScope } from '../src/lib/api.ts'
import { json, problem } from './fixture-answers.ts'
import { toPerson } from './fixture-people.ts'

export const knownSimulations = {
  done: '5a1e0000-0000-4000-8000-000000000001',
  stale: '5a1e0000-0000-4000-8000-000000000002',
  running: '5a1e0000-0000-4000-8000-000000000003',
} as const

const refused = inPlace(functionPhrases.text({ name: '$proper', position: '1', found: 'list' }), 'targets.badges.attributes.nom')

const none: SimulationCounts = { same: 0, changed: 0, failing: 0, created: 0, disabled: 0, deleted: 0 }

export interface FixtureSimulations {
  ofRuleSet(request: Request, me: Me, name: string): Promise<Response>
  answer(request: Request, path: readonly string[], url: URL): Response
  reset(): void
}

export function createSimulations(now: number): FixtureSimulations {
  let all = build(now)
  const set = (changed: Simulation) => {
    all = all.map((one) => (one.id === changed.id ? changed : one))
    return changed
  }
  return {
    reset: () => void (all = build(now)),
    async ofRuleSet(request, me, name) {
      if (request.method === 'GET') return json({ items: all.filter(({ ruleSet }) => ruleSet === name), next: null })
      if (me.role !== 'admin' && me.role !== 'rule_editor') return problem(403, 'forbidden')
      const { version, scope } = (await request.json()) as { version: number; scope: SimulationScope }
      const id = `5a1e0000-0000-4000-8000-${String(all.length + 1).padStart(12, '0')}`
      const total = scope.kind === 'requests' ? scope.last : 4200
      const begun = {
        ...base(now, id, 'waiting'),
        createdAt: new Date().toISOString(),
        by: `person:${me.name}`,
        ruleSet: name,
        version,
        scope,
        total,
        counts: none,
        byKind: [],
        byTarget: [],
        byAttribute: [],
      }
      all = [begun, ...all]
      return json(begun, { status: 202, headers: { location: `/api/v1/simulations/${id}` } })
    },
    answer(request, [id, part], url) {
      const found = all.find((one) => one.id === id)
      if (found === undefined) return problem(404, 'missing')
      if (part === 'results') return json(resultsOf(found, url))
      if (part === 'cancel' && request.method === 'POST')
        return json(set({ ...found, state: 'cancelled', endedAt: new Date().toISOString() }), { status: 202 })
      if (part === 'export') return new Response('source;externalId;outcome\r\n', { headers: { 'content-type': 'text/csv' } })
      return json(id === knownSimulations.running ? found : set(advance(found)))
    },
  }
}

/** A third of the way each time that somebody looks. */
function advance(simulation: Simulation): Simulation {
  if (simulation.state !== 'waiting' && simulation.state !== 'running') return simulation
  const done = Math.min(simulation.total, simulation.done + Math.ceil(simulation.total / 3))
  if (done < simulation.total) return { ...simulation, state: 'running', done }
  const { counts, byKind, byTarget, byAttribute } = base(Date.now(), simulation.id, 'done')
  return { ...simulation, state: 'done', done, endedAt: new Date().toISOString(), counts, byKind, byTarget, byAttribute }
}

function build(now: number): readonly Simulation[] {
  const running = base(now, knownSimulations.running, 'running')
  return [
    { ...running, done: 4310, total: 10_000, scope: { kind: 'requests', last: 10_000 }, endedAt: null },
    base(now, knownSimulations.done, 'done'),
    {
      ...base(now - 86_400_000, knownSimulations.stale, 'done'),
      scope: { kind: 'population', source: null },
      stale: ['draft', 'lookups'],
    },
  ]
}

function base(now: number, id: string, state: Simulation['state']): Simulation {
  const created = now - 600_000
  return {
    id,
    ruleSet: 'collaborateurs',
    version: 15,
    against: 14,
    scope: { kind: 'requests', last: 1240 },
    state,
    total: 1240,
    done: state === 'done' ? 1240 : 0,
    by: 'person:redactrice',
    createdAt: new Date(created).toISOString(),
    endedAt: state === 'done' ? new Date(created + 7_400).toISOString() : null,
    problem: null,
    stale: [],
    counts: { same: 1198, changed: 37, failing: 5, created: 0, disabled: 2, deleted: 0 },
    byKind: [
      { kind: 'create', ...none, same: 410, changed: 30, failing: 5 },
      { kind: 'update', ...none, same: 788, changed: 7, disabled: 2 },
    ],
    byTarget: [
      { target: 'annuaire', ...none, same: 1203, changed: 37 },
      { target: 'badges', ...none, same: 1233, changed: 2, failing: 5, disabled: 2 },
    ],
    byAttribute: [
      { target: 'annuaire', attribute: 'mail', changed: 37 },
      { target: null, attribute: 'courriel', changed: 37 },
    ],
  }
}

function resultsOf(simulation: Simulation, url: URL) {
  const query = url.searchParams
  const all = Array.from({ length: simulation.done === 0 ? 0 : 120 }, (_, index) => toResult(index))
  const found = all.filter(
    (result) =>
      (query.get('outcome') ?? result.outcome) === result.outcome &&
      (query.get('kind') ?? result.kind) === result.kind &&
      (!query.has('target') || result.changes.some(({ target }) => target === query.get('target'))),
  )
  const start = Number(query.get('cursor') ?? 0)
  const end = start + Number(query.get('limit') ?? 50)
  return { items: found.slice(start, end), next: end < found.length ? String(end) : null }
}

function toResult(index: number): SimulationResult {
  const person = toPerson(index)
  const outcome = index % 20 === 0 ? 'failing' : index % 3 === 0 ? 'changed' : 'same'
  const mail = {
    target: 'annuaire',
    attribute: 'mail',
    before: `${person.login}@exemple.fr`,
    after: `${person.login}@ext.exemple.fr`,
  }
  const gone = { target: 'badges', attribute: null, before: 'update', after: 'disable' }
  return {
    requestId: `0f3c9a10-0000-4000-8000-0000000001${String(index % 54).padStart(2, '0')}`,
    source: 'midpoint',
    externalId: person.number,
    displayName: person.name,
    kind: index % 2 === 0 ? 'create' : 'update',
    outcome,
    problem: outcome === 'failing' ? { code: 'rule_failed', message: refused.en, phrase: refused } : null,
    changes: outcome === 'changed' ? [mail, ...(index % 9 === 0 ? [gone] : [])] : [],
  }
}
