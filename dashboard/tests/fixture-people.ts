/** How the fixture's requests are made: made-up people, the accounts they get, and drafts that become whole requests. */
import type { Account, Receipt } from '../../core/account.ts'
import type { RequestDetail, RequestEvent, RequestState, RequestSummary, StepDetail, Target } from '../src/lib/api.ts'

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

const well = {
  state: 'ok',
  since: null,
  until: null,
  maintenance: null,
  queued: 0,
  running: 0,
  oldestWaitingSeconds: null,
  lastError: null,
  limits: { concurrency: null, rateLimit: null, breaker: { failures: 5, openForMs: 5_000, atMostMs: 300_000 } },
} as const satisfies Partial<Target>

/** One target in each state. */
export const buildTargets = (now: number): Target[] => [
  {
    ...well,
    name: 'annuaire',
    connector: 'ldap',
    title: { fr: 'Annuaire LDAP', en: 'LDAP directory' },
    onFailure: 'required',
    running: 2,
    limits: { ...well.limits, concurrency: 8, rateLimit: { max: 50, perMs: 60_000 } },
  },
  {
    ...well,
    name: 'badges',
    connector: 'sql',
    title: { fr: 'Base SQL', en: 'SQL database' },
    onFailure: 'best-effort',
    state: 'maintenance',
    since: iso(now - 1_800_000),
    maintenance: { reason: 'Migration 12.4', by: 'person:operatrice', since: iso(now - 1_800_000) },
    queued: 14,
    oldestWaitingSeconds: 1_742,
  },
  {
    ...well,
    name: 'erp-paris',
    connector: 'sql',
    title: { fr: 'Base SQL', en: 'SQL database' },
    onFailure: 'required',
    state: 'open',
    since: iso(now - 90_000),
    until: iso(now + 45_000),
    queued: 1,
    oldestWaitingSeconds: 88,
    lastError: { code: 'transient', at: iso(now - 90_000) },
  },
]

export const targets: readonly Target[] = buildTargets(Date.now())

export interface Person {
  readonly name: string
  readonly login: string
  readonly number: string
}

export const toPerson = (index: number): Person => {
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

export const directoryAccount = ({ name, login, number }: Person, more: Account['attributes'] = {}): Account => ({
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

export const tableAccount = ({ name, login, number }: Person, table: string): Account => ({
  nativeId: '40817',
  label: `${table}/40817`,
  enabled: true,
  attributes: { login: [login], nom: [name], matricule: [number], site: ['Paris'], actif: [true] },
  memberships: [],
})

export const writesOf = (after: Account, secrets: readonly string[]): Receipt['writes'] => ({
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
    statements: [],
    ...draft,
  }
}

function iso(time: number): string {
  return new Date(time).toISOString()
}

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
  readonly waitingFor?: RequestSummary['waitingFor']
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
      waitingFor: draft.waitingFor ?? [],
      details,
      plan: toPlan(person, details),
      verbs: verbsOf(state),
      supersededBy: null,
    },
    events: draft.history
      .toSorted(([left], [right]) => left - right)
      .map(([offset, action, target, actor = 'worker'], index) => ({
        seq: index + 1,
        at: iso(receivedAt + offset),
        action,
        actor,
        targets: target === null ? [] : [target],
        detail: {},
      })),
  }
}

/** What people can do in this state, as the gateway says it for requests that nobody overtook. */
function verbsOf(state: RequestDetail['state']): RequestDetail['verbs'] {
  if (state === 'needs_attention') return ['retry', 'probe', 'attest', 'resume', 'cancel']
  if (state === 'rolled_back' || state === 'succeeded_partly') return ['retry']
  return state === 'running' || state === 'queued' || state === 'received' ? ['cancel'] : []
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
