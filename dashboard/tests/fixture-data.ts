/** Made-up requests in every state the dashboard has to show, with times relative to when they are built. */
import { fillers } from './fixture-fillers.ts'
import { directoryAccount, tableAccount, toPerson, toRequest, writesOf, type FixtureRequest } from './fixture-people.ts'

/** The requests that tests open by name; the others fill the list. */
export const known = {
  running: '0f3c9a10-0000-4000-8000-000000000001',
  rolledBack: '0f3c9a10-0000-4000-8000-000000000002',
  stuck: '0f3c9a10-0000-4000-8000-000000000003',
  succeeded: '0f3c9a10-0000-4000-8000-000000000004',
  partly: '0f3c9a10-0000-4000-8000-000000000005',
  changed: '0f3c9a10-0000-4000-8000-000000000006',
} as const

export function buildRequests(now: number): readonly FixtureRequest[] {
  return [...knownRequests(now), ...fillers(now)].sort((left, right) =>
    right.detail.receivedAt.localeCompare(left.detail.receivedAt),
  )
}

function knownRequests(now: number): readonly FixtureRequest[] {
  return [
    runningRequest(now),
    rolledBackRequest(now),
    stuckRequest(now),
    succeededRequest(now),
    partlyRequest(now),
    changedRequest(now),
  ]
}

function runningRequest(now: number): FixtureRequest {
  const after = directoryAccount(toPerson(4))
  return toRequest({
    id: known.running,
    person: toPerson(4),
    state: 'running',
    waitingFor: [
      {
        target: 'erp-paris',
        state: 'open',
        until: new Date(now + 45_000).toISOString(),
        message: 'waiting for target erp-paris: breaker open',
      },
    ],
    receivedAt: now - 14_000,
    steps: [
      {
        target: 'annuaire',
        state: 'applied',
        disposition: 'created',
        after,
        writes: writesOf(after, ['userPassword']),
        from: 240,
        to: 610,
      },
      { target: 'badges', state: 'running', from: 250, attempts: 2 },
      { target: 'erp-paris', state: 'pending' },
    ],
    history: [
      [0, 'accepted', null, 'source:midpoint'],
      [240, 'claimed', 'annuaire'],
      [250, 'claimed', 'badges'],
      [610, 'applied', 'annuaire'],
    ],
  })
}

function rolledBackRequest(now: number): FixtureRequest {
  const [directory, badge] = [directoryAccount(toPerson(0)), tableAccount(toPerson(0), 'badges')]
  const error = {
    code: 'exists',
    message: 'erp-paris refused the new row: a unique column already holds this value.',
    target: 'erp-paris',
    vendorCode: 'SQLSTATE 23505',
    hint: 'Look for the row that has the same matricule.',
  }
  return toRequest({
    id: known.rolledBack,
    person: toPerson(0),
    state: 'rolled_back',
    receivedAt: now - 190_000,
    lasted: 4210,
    problem: error,
    steps: [
      {
        target: 'annuaire',
        state: 'undone',
        disposition: 'created',
        after: directory,
        writes: writesOf(directory, ['userPassword']),
        from: 210,
        to: 4080,
      },
      {
        target: 'badges',
        state: 'undone',
        disposition: 'created',
        after: badge,
        writes: writesOf(badge, []),
        from: 220,
        to: 3900,
      },
      { target: 'erp-paris', state: 'failed', error, attempts: 3, from: 230, to: 3120 },
    ],
    history: [
      [0, 'accepted', null, 'source:midpoint'],
      [210, 'claimed', 'annuaire'],
      [220, 'claimed', 'badges'],
      [230, 'claimed', 'erp-paris'],
      [540, 'applied', 'annuaire'],
      [480, 'applied', 'badges'],
      [3120, 'failed', 'erp-paris'],
      [3180, 'decided', null, 'finalizer'],
      [3300, 'undoing', 'annuaire'],
      [3310, 'undoing', 'badges'],
      [3900, 'undone', 'badges'],
      [4080, 'undone', 'annuaire'],
    ],
  })
}

function stuckRequest(now: number): FixtureRequest {
  const before = directoryAccount(toPerson(1), { departmentNumber: ['Ventes'], title: ['Attachée'] })
  const after = directoryAccount(toPerson(1), { departmentNumber: ['Direction'], title: ['Directrice'] })
  const error = { code: 'transient', message: 'erp-paris did not answer within 10 s.', target: 'erp-paris' }
  return toRequest({
    id: known.stuck,
    person: toPerson(1),
    kind: 'update',
    state: 'needs_attention',
    receivedAt: now - 3_400_000,
    lasted: 61_400,
    problem: error,
    generation: 2,
    steps: [
      {
        target: 'annuaire',
        state: 'stuck',
        disposition: 'changed',
        before,
        after,
        from: 300,
        to: 61_400,
        attempts: 1,
        writes: {
          attributes: [
            { attribute: 'departmentNumber', before: ['Ventes'], after: ['Direction'], multivalued: 'replace' },
            { attribute: 'title', before: ['Attachée'], after: ['Directrice'], multivalued: 'replace' },
          ],
          enabled: null,
          memberships: { add: [], remove: [] },
          secrets: [],
        },
        error: { code: 'stale', message: 'annuaire was changed by someone else since.', target: 'annuaire' },
        differences: [{ item: 'title', expected: ['Directrice'], found: ['Directrice générale'] }],
      },
      { target: 'badges', state: 'kept', disposition: 'noop', from: 300, to: 520 },
      { target: 'erp-paris', state: 'failed', error, attempts: 5, from: 310, to: 58_900 },
    ],
    history: [
      [0, 'accepted', null, 'source:midpoint'],
      [300, 'claimed', 'annuaire'],
      [310, 'claimed', 'erp-paris'],
      [700, 'applied', 'annuaire'],
      [520, 'applied', 'badges'],
      [58_900, 'failed', 'erp-paris'],
      [59_000, 'decided', null, 'finalizer'],
      [59_200, 'undoing', 'annuaire'],
      [59_300, 'kept', 'badges'],
      [61_400, 'stuck', 'annuaire'],
    ],
  })
}

function succeededRequest(now: number): FixtureRequest {
  const [directory, badge, erp] = [
    directoryAccount(toPerson(3)),
    tableAccount(toPerson(3), 'badges'),
    tableAccount(toPerson(3), 'salaries'),
  ]
  return toRequest({
    id: known.succeeded,
    person: toPerson(3),
    state: 'succeeded',
    receivedAt: now - 640_000,
    lasted: 1340,
    steps: [
      {
        target: 'annuaire',
        state: 'applied',
        disposition: 'created',
        after: directory,
        writes: writesOf(directory, ['userPassword']),
        from: 180,
        to: 610,
      },
      {
        target: 'badges',
        state: 'applied',
        disposition: 'created',
        after: badge,
        writes: writesOf(badge, []),
        from: 190,
        to: 440,
      },
      {
        target: 'erp-paris',
        state: 'applied',
        disposition: 'adopted',
        before: { ...erp, attributes: { ...erp.attributes, site: ['Lyon'] } },
        after: erp,
        from: 190,
        to: 1280,
      },
    ],
    history: [
      [0, 'accepted', null, 'source:midpoint'],
      [180, 'claimed', 'annuaire'],
      [190, 'claimed', 'badges'],
      [190, 'claimed', 'erp-paris'],
      [440, 'applied', 'badges'],
      [610, 'applied', 'annuaire'],
      [1280, 'applied', 'erp-paris'],
      [1340, 'decided', null, 'finalizer'],
    ],
  })
}

function partlyRequest(now: number): FixtureRequest {
  const after = directoryAccount(toPerson(5))
  const error = { code: 'auth', message: 'badges refused the service account.', target: 'badges', vendorCode: 'SQLSTATE 28P01' }
  return toRequest({
    id: known.partly,
    person: toPerson(5),
    state: 'succeeded_partly',
    receivedAt: now - 1_500_000,
    lasted: 2900,
    problem: error,
    source: 'rh-lyon',
    steps: [
      {
        target: 'annuaire',
        state: 'applied',
        disposition: 'created',
        after,
        writes: writesOf(after, ['userPassword']),
        from: 200,
        to: 700,
      },
      { target: 'badges', state: 'failed', error, attempts: 3, from: 210, to: 2800 },
    ],
    history: [
      [0, 'accepted', null, 'source:rh-lyon'],
      [200, 'claimed', 'annuaire'],
      [700, 'applied', 'annuaire'],
      [2800, 'failed', 'badges'],
      [2900, 'decided', null, 'finalizer'],
    ],
  })
}

function changedRequest(now: number): FixtureRequest {
  const before = directoryAccount(toPerson(2))
  return toRequest({
    id: known.changed,
    person: toPerson(2),
    kind: 'disable',
    state: 'succeeded',
    receivedAt: now - 2_100_000,
    lasted: 480,
    steps: [
      {
        target: 'annuaire',
        state: 'applied',
        disposition: 'changed',
        before,
        from: 100,
        to: 430,
        after: { ...before, enabled: false, memberships: [before.memberships[0] ?? ''] },
        writes: {
          attributes: [],
          enabled: { before: true, after: false },
          memberships: { add: [], remove: [before.memberships[1] ?? ''] },
          secrets: [],
        },
      },
    ],
    history: [
      [0, 'accepted', null, 'source:midpoint'],
      [100, 'claimed', 'annuaire'],
      [430, 'applied', 'annuaire'],
      [480, 'decided', null, 'finalizer'],
    ],
  })
}
