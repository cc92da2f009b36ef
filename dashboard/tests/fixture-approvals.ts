/** The fixture's approvals and delegations: one of each kind that the inbox has to show, and the answers that people give. */
import type {
  Approval,
  ApprovalDetail,
  Delegation,
  HeldDecided,
  Me,
  PlannedChange,
  SafetyStatus,
  WhyNot,
} from '../src/lib/api.ts'
import { json, problem } from './fixture-answers.ts'
import { toPerson, type FixtureRequest } from './fixture-people.ts'

export const knownApprovals = {
  arrival: 'a9900000-0000-4000-8000-000000000001',
  held: 'a9900000-0000-4000-8000-000000000002',
  own: 'a9900000-0000-4000-8000-000000000003',
  stale: 'a9900000-0000-4000-8000-000000000004',
  second: 'a9900000-0000-4000-8000-000000000005',
  decided: 'a9900000-0000-4000-8000-000000000006',
} as const

export interface FixtureApprovals {
  approvals(request: Request, me: Me, path: readonly string[], url: URL): Promise<Response>
  delegations(request: Request, me: Me, path: readonly string[]): Promise<Response>
  safety(request: Request): Promise<Response>
  reset(): void
  readonly decided: string[]
}

type Stored = Omit<ApprovalDetail, 'mayDecide' | 'whyNot' | 'onBehalfOf'>

export function createApprovals(now: number, requests: () => readonly FixtureRequest[]): FixtureApprovals {
  let all = build(now, requests())
  let delegations: readonly Delegation[] = buildDelegations(now)
  const decided: string[] = []
  let held = 12

  async function decide(found: Stored, me: Me, body: Record<string, string>): Promise<Response> {
    if (whyNot(found, me) !== null) return problem(403, 'forbidden')
    if (body['planHash'] !== found.planHash || body['reason']?.includes('trop tard') === true) return problem(409, 'conflict')
    const at = new Date().toISOString()
    const decision = body['decision'] === 'approve' ? 'approve' : 'refuse'
    decided.push(`${decision} ${body['reason']}`)
    const decisions = [
      ...found.decisions,
      { person: `person:${me.name}`, onBehalfOf: null, decision, reason: body['reason'] ?? '', at } as const,
    ]
    const agreed = decisions.filter((one) => one.decision === 'approve').length
    const state = decision === 'refuse' ? 'refused' : agreed >= found.quorum ? 'approved' : 'open'
    const changed: Stored = { ...found, decisions, state, decidedAt: state === 'open' ? null : at }
    all = all.map((one) => (one.id === found.id ? changed : one))
    return json(view(changed, me))
  }

  function delegate(found: Stored | null, me: Me, body: Record<string, string>): Response {
    if (body['to'] === 'personne') return problem(422, 'unprocessable')
    const at = new Date().toISOString()
    const made: Delegation = {
      id: crypto.randomUUID(),
      from: `person:${me.name}`,
      to: `person:${body['to']}`,
      approvalId: found?.id ?? null,
      reason: body['reason'] ?? '',
      startsAt: body['startsAt'] ?? at,
      endsAt: body['endsAt'] ?? null,
      createdAt: at,
      createdBy: `person:${me.name}`,
      revokedAt: null,
      isActive: true,
    }
    delegations = [made, ...delegations]
    if (found !== null) all = all.map((one) => (one.id === found.id ? { ...one, delegations: [made, ...one.delegations] } : one))
    return json(made, { status: 201 })
  }

  return {
    decided,
    reset() {
      all = build(now, requests())
      delegations = buildDelegations(now)
      held = 12
    },
    async approvals(request, me, [id, verb], url) {
      if (id === undefined) return json(list(all, me, url.searchParams))
      const found = all.find((one) => one.id === id)
      if (found === undefined) return problem(404, 'missing')
      if (request.method === 'GET') return json(view(found, me))
      const body = (await request.json()) as Record<string, string>
      return verb === 'delegate' ? delegate(found, me, body) : decide(found, me, body)
    },
    async safety(request) {
      if (request.method === 'GET') return json({ items: [thresholdOf(held)] })
      const { decision, reason } = (await request.json()) as Record<string, string>
      decided.push(`${decision} all ${reason}`)
      const answered: HeldDecided = { decided: held, left: 0 }
      held = 0
      return json(answered)
    },
    async delegations(request, me, [id]) {
      if (request.method === 'GET') return json({ items: delegations })
      if (request.method === 'POST') return delegate(null, me, (await request.json()) as Record<string, string>)
      delegations = delegations.map((one) =>
        one.id === id ? { ...one, revokedAt: new Date().toISOString(), isActive: false } : one,
      )
      return new Response(null, { status: 204 })
    },
  }
}

function whyNot(approval: Stored, me: Me): WhyNot | null {
  const person = `person:${me.name}`
  if (approval.state !== 'open') return approval.state === 'waiting' ? 'waiting' : 'closed'
  if (approval.requester === person) return 'requester'
  if (approval.decisions.some((decision) => decision.person === person)) return 'answered'
  const asked = me.role === 'admin' || approval.roles.some((role) => role === me.role) || approval.people.includes(person)
  return asked ? null : 'not_asked'
}

function view(stored: Stored, me: Me): ApprovalDetail {
  const reason = whyNot(stored, me)
  return { ...stored, mayDecide: reason === null, whyNot: reason, onBehalfOf: null }
}

function list(all: readonly Stored[], me: Me, query: URLSearchParams) {
  const states = query.get('state')?.split(',')
  const items = all
    .map((stored): Approval => {
      const { planned: _planned, similar: _similar, delegations: _delegations, ...approval } = view(stored, me)
      return approval
    })
    .filter(
      (one) =>
        (states === undefined || states.includes(one.state)) &&
        (query.get('mine') !== 'true' || one.mayDecide) &&
        (query.get('request') ?? one.requestId) === one.requestId,
    )
  return { items, next: null }
}

const planHashOf = (requests: readonly FixtureRequest[], id: string) =>
  requests.find(({ detail }) => detail.id === id)?.detail.plan.hash ?? ''

function build(now: number, requests: readonly FixtureRequest[]): readonly Stored[] {
  const waiting = requests.filter(({ detail }) => detail.state === 'awaiting_approval').map(({ detail }) => detail)
  const request = (index: number) => {
    const found = waiting[index % waiting.length]
    if (found === undefined) throw new Error('the fixture has no request that waits for approval')
    return found
  }
  const approval = (id: string, index: number, more: Partial<Stored>): Stored => {
    const { id: requestId, kind, source, externalId, displayName } = request(index)
    const about = { requestId, kind, source, externalId, displayName }
    return { ...blank(now), ...about, id, planHash: planHashOf(requests, requestId), planned: creation(index), ...more }
  }
  const ago = (hours: number) => new Date(now - hours * 3_600_000).toISOString()
  const inHours = (hours: number) => ago(-hours)
  return [
    approval(knownApprovals.arrival, 0, { expiresAt: inHours(40) }),
    approval(knownApprovals.held, 1, {
      kind: 'delete',
      name: 'Seuil de sécurité',
      role: 'operator',
      roles: ['operator'],
      expiresAt: inHours(3),
      askedAt: ago(21),
      reason: {
        threshold: 'départs en masse',
        operations: ['delete'],
        withinSeconds: 3600,
        exceeded: [{ target: 'badges', used: 41, limit: 41, known: 412 }],
      },
      planned: removal(1),
    }),
    approval(knownApprovals.own, 2, { requester: 'person:admin', expiresAt: inHours(20) }),
    approval(knownApprovals.stale, 3, { planHash: 'f'.repeat(64), expiresAt: inHours(30) }),
    approval(knownApprovals.second, 0, {
      name: 'Direction financière',
      stage: 2,
      stages: 2,
      quorum: 2,
      people: ['person:directrice'],
      expiresAt: inHours(60),
      escalatesAt: inHours(12),
      decisions: [
        { person: 'person:directrice', onBehalfOf: 'person:daf', decision: 'approve', reason: 'Prévu au budget', at: ago(1) },
      ],
    }),
    approval(knownApprovals.decided, 1, {
      state: 'approved',
      askedAt: ago(70),
      decidedAt: ago(60),
      decisions: [
        { person: 'person:approbatrice', onBehalfOf: null, decision: 'approve', reason: 'Vu avec son responsable', at: ago(60) },
      ],
    }),
  ]
}

function blank(
  now: number,
): Omit<Stored, 'id' | 'requestId' | 'kind' | 'source' | 'externalId' | 'displayName' | 'planHash' | 'planned'> {
  return {
    name: 'Direction',
    reason: null,
    role: 'approver',
    roles: ['approver'],
    people: [],
    quorum: 1,
    stage: 1,
    stages: 1,
    round: 1,
    requester: 'source:midpoint',
    state: 'open',
    askedAt: new Date(now - 8 * 3_600_000).toISOString(),
    expiresAt: new Date(now + 40 * 3_600_000).toISOString(),
    escalatesAt: null,
    escalatedAt: null,
    decidedAt: null,
    decisions: [],
    similar: { approved: 12, refused: 1, expired: 0 },
    delegations: [],
  }
}

const nothing = { attributes: [], enabled: null, memberships: { add: [], remove: [] }, secrets: [] } as const

function creation(index: number): readonly PlannedChange[] {
  const { login, name, number } = toPerson(index + 6)
  const set = (attribute: string, before: readonly string[], after: readonly string[]) => ({
    attribute,
    before,
    after,
    multivalued: 'replace' as const,
  })
  return [
    {
      target: 'annuaire',
      connector: 'ldap',
      operation: 'create',
      outcome: 'create',
      basis: 'read',
      readAt: new Date(Date.now() - 3_600_000).toISOString(),
      label: null,
      writes: {
        ...nothing,
        attributes: [set('cn', [], [name]), set('uid', [], [login])],
        enabled: { before: false, after: true },
        memberships: { add: ['tous', 'direction'], remove: [] },
        secrets: ['userPassword'],
      },
      words: {
        fr: `Crée le compte de ${name} dans annuaire, et l’ajoute à 2 groupes.`,
        en: `Creates the account of ${name} in annuaire, and adds it to 2 groups.`,
      },
    },
    {
      target: 'badges',
      connector: 'sql',
      operation: 'update',
      outcome: 'modify',
      basis: 'known',
      readAt: null,
      label: `salaries/${number}`,
      writes: { ...nothing, attributes: [set('site', ['Lyon'], ['Paris'])] },
      words: { fr: 'Change 1 attribut du compte dans badges.', en: 'Changes 1 attribute of the account in badges.' },
    },
  ]
}

function removal(index: number): readonly PlannedChange[] {
  const { login, number } = toPerson(index + 6)
  return [
    {
      target: 'badges',
      connector: 'sql',
      operation: 'delete',
      outcome: 'delete',
      basis: 'read',
      readAt: new Date(Date.now() - 60_000).toISOString(),
      label: `salaries/${number}`,
      writes: { ...nothing, attributes: [{ attribute: 'login', before: [login], after: [], multivalued: 'replace' }] },
      words: {
        fr: 'Supprime le compte de badges. Cela ne peut pas être annulé.',
        en: 'Deletes the account from badges. This cannot be undone.',
      },
    },
  ]
}

const thresholdOf = (held: number): SafetyStatus => ({
  ruleSet: 'collaborateurs',
  name: 'départs en masse',
  operations: ['disable', 'delete'],
  per: 'account',
  targets: ['badges'],
  withinSeconds: 3600,
  count: 50,
  percent: 10,
  known: 412,
  limit: 41,
  used: 41,
  held,
  role: 'operator',
  quorum: 1,
})

function buildDelegations(now: number): readonly Delegation[] {
  const at = (hours: number) => new Date(now + hours * 3_600_000).toISOString()
  const of = (id: string, from: string, to: string, more: Partial<Delegation>): Delegation => ({
    id,
    from: `person:${from}`,
    to: `person:${to}`,
    approvalId: null,
    reason: 'Congés',
    startsAt: at(-2),
    endsAt: at(100),
    createdAt: at(-3),
    createdBy: `person:${from}`,
    revokedAt: null,
    isActive: true,
    ...more,
  })
  return [
    of('de1e0000-0000-4000-8000-000000000001', 'admin', 'approbatrice', {}),
    of('de1e0000-0000-4000-8000-000000000002', 'directrice', 'admin', { revokedAt: at(-1), isActive: false }),
  ]
}
