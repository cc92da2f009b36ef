/** Made-up people and their requests, in every state the dashboard has to show, with times relative to when it is built. */
import type { Account, Receipt } from '../../core/account.ts'
import type {
  RequestDetail,
  RequestEvent,
  RequestState,
  RequestSummary,
  StepDetail,
  StepState,
  TargetInfo,
} from '../src/lib/api.ts'

export interface FixtureRequest {
  readonly detail: RequestDetail
  readonly events: readonly RequestEvent[]
}

const people = [
  'Zoé Müller',
  'Amélie Durand',
  'Bjørn Łukasiewicz',
  'Hélène Petit-Lefèvre',
  'Yasmine Haddad',
  'Óscar Núñez',
  'Nguyễn Thị Hồng',
  'Étienne Roy',
  'Camille Béranger',
  'Ludivine Châtelain',
  'Joaquim d’Almeida',
  'Maëlys Kerbrat',
  'Søren Ågård',
  'Fatoumata Diallo',
  'Loïc Le Goff',
  'Inès Carpentier',
] as const

export const targets: readonly TargetInfo[] = [
  {
    name: 'annuaire',
    connector: 'ldap',
    title: { fr: 'Annuaire LDAP', en: 'LDAP directory' },
    onFailure: 'required',
    state: 'up',
  },
  { name: 'badges', connector: 'sql', title: { fr: 'Base SQL', en: 'SQL database' }, onFailure: 'best-effort', state: 'up' },
  { name: 'erp-paris', connector: 'sql', title: { fr: 'Base SQL', en: 'SQL database' }, onFailure: 'required', state: 'down' },
]

/** The requests that tests open by name; the others fill the list. */
export const known = {
  running: '0f3c9a10-0000-4000-8000-000000000001',
  rolledBack: '0f3c9a10-0000-4000-8000-000000000002',
  stuck: '0f3c9a10-0000-4000-8000-000000000003',
  succeeded: '0f3c9a10-0000-4000-8000-000000000004',
  partly: '0f3c9a10-0000-4000-8000-000000000005',
  changed: '0f3c9a10-0000-4000-8000-000000000006',
} as const

interface Person {
  readonly name: string
  readonly login: string
  readonly number: string
}

const toPerson = (index: number): Person => {
  const name = people[index % people.length] ?? people[0]
  const parts = name
    .normalize('NFD')
    .replace(/[\u0300-\u036f’]/g, '')
    .replace(/ø|Ø/g, 'o')
    .replace(/Ł/g, 'l')
    .toLowerCase()
    .split(/[\s-]+/)
  return { name, login: `${(parts[0] ?? '')[0] ?? ''}${parts.at(-1) ?? ''}`, number: `P${String(10_417 + index * 37)}` }
}

const directoryAccount = ({ name, login, number }: Person, more: Account['attributes'] = {}): Account => ({
  nativeId: 'b0e4f1c2-6d1e-4b8e-9a0a-5f6f3f2f1c77',
  label: `uid=${login},ou=people,dc=exemple,dc=fr`,
  enabled: true,
  attributes: {
    cn: [name],
    givenName: [name.split(' ')[0] ?? ''],
    sn: [name.split(' ').slice(1).join(' ')],
    uid: [login],
    employeeNumber: [number],
    mail: [`${login}@exemple.fr`, `${name.split(' ')[0]?.toLowerCase() ?? ''}.${login.slice(1)}@exemple.fr`],
    departmentNumber: ['Recherche'],
    ...more,
  },
  memberships: ['cn=tous,ou=groups,dc=exemple,dc=fr', 'cn=recherche,ou=groups,dc=exemple,dc=fr'],
})

const tableAccount = ({ name, login, number }: Person, table: string): Account => ({
  nativeId: '40817',
  label: `${table}/40817`,
  enabled: true,
  attributes: { login: [login], nom: [name], matricule: [number], site: ['Paris'], actif: [true] },
  memberships: [],
})

const writesOf = (after: Account, secrets: readonly string[]): Receipt['writes'] => ({
  attributes: Object.entries(after.attributes).map(([attribute, values]) => ({
    attribute,
    before: [],
    after: values,
    multivalued: 'replace',
  })),
  enabled: { before: false, after: true },
  memberships: { add: after.memberships, remove: [] },
  secrets,
})

type StepDraft = Pick<StepDetail, 'target' | 'state'> & Partial<StepDetail> & { readonly from?: number; readonly to?: number }

function toStep(receivedAt: number, { from, to, ...draft }: StepDraft): StepDetail {
  const about = targets.find(({ name }) => name === draft.target)
  return {
    connector: about?.connector ?? 'sql',
    operation: 'create',
    onFailure: about?.onFailure ?? 'required',
    attempts: draft.state === 'pending' ? 0 : 1,
    startedAt: from === undefined ? null : iso(receivedAt + from),
    settledAt: to === undefined ? null : iso(receivedAt + to),
    disposition: null,
    nativeId: draft.after?.nativeId ?? draft.before?.nativeId ?? null,
    label: draft.after?.label ?? draft.before?.label ?? null,
    before: null,
    after: null,
    writes: null,
    error: null,
    differences: [],
    ...draft,
  }
}

const iso = (time: number) => new Date(time).toISOString()

interface RequestDraft {
  readonly id: string
  readonly person: Person
  readonly state: RequestState
  readonly receivedAt: number
  readonly lasted?: number
  readonly kind?: RequestSummary['kind']
  readonly generation?: number
  readonly source?: string
  readonly steps: readonly StepDraft[]
  readonly history: readonly (readonly [milliseconds: number, action: string, target: string | null, actor?: string])[]
  readonly problem?: RequestSummary['problem']
}

export function toRequest(draft: RequestDraft): FixtureRequest {
  const { id, person, state, receivedAt, kind = 'create', source = 'midpoint' } = draft
  const details = draft.steps.map((step) => toStep(receivedAt, { operation: kind, ...step }))
  return {
    detail: {
      id,
      state,
      kind,
      source,
      externalId: person.number,
      displayName: person.name,
      generation: draft.generation ?? 1,
      receivedAt: iso(receivedAt),
      settledAt: draft.lasted === undefined ? null : iso(receivedAt + draft.lasted),
      steps: details.map((step) => ({ target: step.target, state: step.state })),
      problem: draft.problem ?? null,
      details,
      plan: toPlan(person, details),
    },
    events: draft.history
      .toSorted(([left], [right]) => left - right)
      .map(([offset, action, target, actor = 'worker'], index) => ({
        seq: index + 1,
        at: iso(receivedAt + offset),
        action,
        actor,
        target,
        detail: {},
      })),
  }
}

function toPlan(person: Person, details: readonly StepDetail[]): RequestDetail['plan'] {
  return {
    ruleSet: { name: 'collaborateurs', version: 14 },
    identity: {
      login: [person.login],
      nomComplet: [person.name],
      courriel: [`${person.login}@exemple.fr`],
      service: ['Recherche'],
      responsable: [true],
    },
    steps: details.map((step) => ({
      target: step.target,
      operation: step.operation,
      correlate: { matricule: [person.number] },
      memberships: { add: [], remove: [] },
      onFailure: step.onFailure,
      secrets: step.target === 'annuaire' ? { userPassword: 'password' } : {},
      attributes: Object.fromEntries(
        Object.entries({ login: [person.login], nom: [person.name], matricule: [person.number], site: ['Paris'] }).map(
          ([name, values]) => [name, { values, strength: 'strong', multivalued: 'replace' }],
        ),
      ),
    })),
    hash: '9c1f2b7de04a5c6b8a7e6d5c4b3a29180f1e2d3c4b5a69788796a5b4c3d2e1f0',
  }
}

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

const person = toPerson

function runningRequest(now: number): FixtureRequest {
  const after = directoryAccount(person(4))
  return toRequest({
    id: known.running,
    person: person(4),
    state: 'running',
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
  const [directory, badge] = [directoryAccount(person(0)), tableAccount(person(0), 'badges')]
  const error = {
    code: 'exists',
    message: 'erp-paris refused the new row: a unique column already holds this value.',
    target: 'erp-paris',
    vendorCode: 'SQLSTATE 23505',
    hint: 'Look for the row that has the same matricule.',
  }
  return toRequest({
    id: known.rolledBack,
    person: person(0),
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
  const before = directoryAccount(person(1), { departmentNumber: ['Ventes'], title: ['Attachée'] })
  const after = directoryAccount(person(1), { departmentNumber: ['Direction'], title: ['Directrice'] })
  const error = { code: 'transient', message: 'erp-paris did not answer within 10 s.', target: 'erp-paris' }
  return toRequest({
    id: known.stuck,
    person: person(1),
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
    directoryAccount(person(3)),
    tableAccount(person(3), 'badges'),
    tableAccount(person(3), 'salaries'),
  ]
  return toRequest({
    id: known.succeeded,
    person: person(3),
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
  const after = directoryAccount(person(5))
  const error = { code: 'auth', message: 'badges refused the service account.', target: 'badges', vendorCode: 'SQLSTATE 28P01' }
  return toRequest({
    id: known.partly,
    person: person(5),
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
  const before = directoryAccount(person(2))
  return toRequest({
    id: known.changed,
    person: person(2),
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

const fillerStates: readonly (readonly [RequestState, StepState])[] = [
  ['succeeded', 'applied'],
  ['succeeded', 'applied'],
  ['succeeded', 'applied'],
  ['queued', 'pending'],
  ['succeeded', 'applied'],
  ['awaiting_approval', 'pending'],
  ['succeeded', 'applied'],
  ['cancelled', 'pending'],
  ['succeeded', 'applied'],
  ['rolling_back', 'undoing'],
  ['succeeded', 'applied'],
  ['expired', 'pending'],
]
const fillerKinds = ['create', 'update', 'membership', 'create', 'password', 'delete', 'enable'] as const

function fillers(now: number): readonly FixtureRequest[] {
  return Array.from({ length: 54 }, (_, index) => {
    const [state, step] = fillerStates[index % fillerStates.length] ?? ['succeeded', 'applied']
    const open = state === 'queued' || state === 'awaiting_approval' || state === 'rolling_back'
    return toRequest({
      id: `0f3c9a10-0000-4000-8000-0000000001${String(index).padStart(2, '0')}`,
      person: person(index + 6),
      state,
      kind: fillerKinds[index % fillerKinds.length] ?? 'create',
      source: index % 5 === 0 ? 'rh-lyon' : 'midpoint',
      receivedAt: now - 4_000_000 - index * 1_370_000,
      ...(open ? {} : { lasted: 380 + ((index * 397) % 2600) }),
      steps: targets
        .slice(0, 1 + (index % 3))
        .map(({ name }) => ({ target: name, state: step, ...(step === 'applied' ? { from: 120, to: 360 } : {}) })),
      history: [[0, 'accepted', null, 'source:midpoint']],
    })
  })
}
