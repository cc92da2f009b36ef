/**
 * The fixture's rule sets: versions with their lives, kept in memory. Texts are checked, tried and previewed by the rules' own code, so that
 * pages meet real problems, real differences and real plans.
 */
import { createHash } from 'node:crypto'
import { pino } from 'pino'
import { openRuleEngine, parseCases, parseRuleSet, runCases, RuleSetError, type RuleEngine, type RuleSet } from '../../rules/index.ts'
import type {
  Me,
  RulePreview,
  RuleCheck,
  RuleProblemView,
  RuleSetDetail,
  RuleSetSummary,
  RuleVerb,
  RuleVersion,
  RuleVersionState,
  RuleVersionSummary,
  TestReport,
} from '../src/lib/api.ts'
import { json, problem } from './fixture-answers.ts'
import { diffOf } from './fixture-rules-diff.ts'
import * as texts from './fixture-rules-text.ts'

type Version = Omit<RuleVersion, 'check' | 'tests' | 'problems' | 'hash'>
interface Stored {
  readonly name: string
  readonly fourEyes: boolean
  readonly versions: Version[]
}

export interface FixtureRules extends AsyncDisposable {
  answer(request: Request, me: Me, path: readonly string[], url: URL): Promise<Response>
  reset(): void
  /** The newest first. */
  versions(name: string): readonly Version[]
  /** What reached the gateway, such as `publish 15 {"reason":…}`. */
  readonly asked: string[]
}

const verbsOf: Readonly<Record<Me['role'], readonly RuleVerb[]>> = {
  admin: ['edit', 'review', 'publish', 'override', 'simulate'],
  rule_editor: ['edit', 'review', 'publish', 'simulate'],
  approver: ['review'],
  operator: [],
  auditor: [],
  reader: [],
}
const unfinished: readonly RuleVersionState[] = ['draft', 'in_review', 'approved', 'scheduled']

export function createRules(now: number): FixtureRules {
  let sets = build(now)
  let engine: Promise<RuleEngine> | undefined
  const asked: string[] = []
  const theEngine = () => (engine ??= openRuleEngine({ log: pino({ level: 'silent' }) }))
  const find = (name: string | undefined) => sets.find((set) => set.name === name)

  async function toVersion(version: Version): Promise<RuleVersion> {
    const check = await checkOf(await theEngine(), version.text, version.cases)
    const hash = createHash('sha256').update(version.text).digest('hex')
    const tests = check.tests === null || version.cases === null ? null : { cases: check.tests.cases, red: check.tests.red }
    return { ...version, hash, check, tests, problems: check.problems.length }
  }

  const summary = async (version: Version | undefined): Promise<RuleVersionSummary | null> => {
    if (version === undefined) return null
    const { check: _check, text: _text, cases: _cases, format: _format, name: _name, ...rest } = await toVersion(version)
    return rest
  }

  async function detail(set: Stored, me: Me): Promise<RuleSetDetail> {
    const history = (await Promise.all(set.versions.map(summary))).filter((one) => one !== null)
    const published = history.find(({ state }) => state === 'published') ?? null
    const pending = history.find(({ state }) => unfinished.includes(state)) ?? null
    const ruleSet = readRules((set.versions.find(({ state }) => state === 'published') ?? set.versions[0])?.text ?? '')
    const description = typeof ruleSet?.description === 'object' ? ruleSet.description : null
    const targets = Object.keys(ruleSet?.targets ?? {})
    const sources = set.name === 'collaborateurs' ? ['midpoint', 'rh-lyon'] : set.name === 'externes' ? ['rh-lyon'] : []
    return { name: set.name, description, published, pending, versions: history.length, targets, sources, history, verbs: verbsOf[me.role], fourEyes: set.fourEyes }
  }

  async function one(set: Stored, me: Me, request: Request, [what, number, verb]: readonly string[], url: URL): Promise<Response> {
    if (what === undefined) return json(await detail(set, me))
    const body = request.method === 'GET' ? {} : ((await request.json().catch(() => ({}))) as Record<string, never>)
    const may = (right: RuleVerb) => verbsOf[me.role].includes(right)
    if (what === 'diff') return json(diffOf(set.name, set.versions, Number(url.searchParams.get('from')), Number(url.searchParams.get('to'))))
    if (what === 'check') return json(await checkOf(await theEngine(), body['text'] ?? '', body['cases'] ?? null))
    if (what === 'preview') return preview(await theEngine(), body)
    if (what === 'draft') return may('edit') ? draft(set, me, request.method, body) : problem(403, 'forbidden')
    const version = set.versions.find((candidate) => String(candidate.version) === number)
    if (what !== 'versions' || version === undefined) return problem(404, 'missing')
    if (request.method === 'GET') return url.searchParams.has('format') ? new Response(version.text) : json(await toVersion(version))
    asked.push(`${verb} ${version.version} ${JSON.stringify(body)}`)
    return move(set, me, version, verb ?? '', body)
  }

  async function draft(set: Stored, me: Me, method: string, body: Record<string, never>): Promise<Response> {
    const current = set.versions.find(({ state }) => unfinished.includes(state))
    const at = new Date().toISOString()
    if (method !== 'PUT') return problem(404, 'missing')
    if (current !== undefined && body['revision'] !== current.revision) return problem(409, 'conflict')
    const author = `person:${me.name}`
    const { text = '', cases = null, comment = null } = body
    const known = current ?? fresh(set, Math.max(...set.versions.map(({ version }) => version)) + 1, text)
    const saved: Version = { ...known, text, cases, comment, state: 'draft', author, authors: [...new Set([...known.authors, author])], updatedAt: at, revision: known.revision + 1 }
    replace(set, saved)
    return json(await toVersion(saved))
  }

  async function move(set: Stored, me: Me, version: Version, verb: string, body: Record<string, never>): Promise<Response> {
    const [at, by] = [new Date().toISOString(), `person:${me.name}`]
    const may = (right: RuleVerb) => verbsOf[me.role].includes(right)
    const own = version.authors.includes(by)
    const done = async (change: Partial<Version>) => json(await toVersion(replace(set, { ...version, ...change, updatedAt: at })))
    if (body['revision'] !== undefined && body['revision'] !== version.revision) return problem(409, 'conflict')
    if (verb === 'withdraw') return may('edit') ? done({ state: 'withdrawn', reason: body['reason'] ?? null }) : problem(403, 'forbidden')
    if (verb === 'test') return json((await toVersion(version)).check.tests)
    if (verb === 'submit') return may('edit') ? done({ state: 'in_review', comment: body['comment'] ?? version.comment }) : problem(403, 'forbidden')
    if (verb === 'review') {
      if (own || !may('review')) return problem(403, 'forbidden')
      return done({ state: body['decision'] === 'approve' ? 'approved' : 'rejected', reviewedBy: by, reason: body['reason'] ?? null })
    }
    if (verb === 'restore') {
      const next = Math.max(...set.versions.map((one) => one.version)) + 1
      return json(await toVersion(replace(set, { ...fresh(set, next, version.text), cases: version.cases, author: by, authors: [by], basedOn: version.version })), { status: 201 })
    }
    if (verb !== 'publish' || !may('publish')) return problem(403, 'forbidden')
    const { check } = await toVersion(version)
    if ((check.tests?.red ?? 0) > 0 && body['override'] === undefined) return problem(409, 'conflict')
    if (body['at'] !== undefined) return done({ state: 'scheduled', publishAt: body['at'] })
    for (const old of set.versions.filter(({ state }) => state === 'published')) replace(set, { ...old, state: 'superseded' })
    return done({ state: 'published', publishedBy: by, publishedAt: at, publishAt: null })
  }

  async function create(request: Request, me: Me): Promise<Response> {
    if (!verbsOf[me.role].includes('edit')) return problem(403, 'forbidden')
    const { name, text } = (await request.json()) as { name: string; text: string }
    if (find(name) !== undefined) return problem(409, 'exists')
    const set: Stored = { name, fourEyes: false, versions: [] }
    const by = `person:${me.name}`
    sets.push(set)
    return json(await toVersion(replace(set, { ...fresh(set, 1, text), author: by, authors: [by] })), { status: 201 })
  }

  return {
    asked,
    reset: () => void (sets = build(now)),
    versions: (name) => find(name)?.versions ?? [],
    async answer(request, me, path, url) {
      const [name, ...rest] = path
      if (name === undefined && request.method === 'POST') return create(request, me)
      if (name === undefined) {
        const all = await Promise.all(sets.map((set) => detail(set, me)))
        return json({ items: all.map(({ history: _h, verbs: _v, fourEyes: _f, ...rest }): RuleSetSummary => rest), next: null })
      }
      const set = find(name)
      return set === undefined ? problem(404, 'missing') : one(set, me, request, rest, url)
    },
    [Symbol.asyncDispose]: async () => (await engine)?.[Symbol.asyncDispose](),
  }
}

function replace(set: Stored, version: Version): Version {
  const index = set.versions.findIndex((one) => one.version === version.version)
  if (index === -1) set.versions.unshift(version)
  else set.versions[index] = version
  return version
}

function fresh(set: Stored, version: number, text: string): Version {
  const at = new Date().toISOString()
  const basedOn = set.versions[0]?.version ?? null
  const nobody = { comment: null, reason: null, author: 'configuration', authors: [], reviewedBy: null, publishedBy: null, publishedAt: null, publishAt: null }
  return { ...nobody, name: set.name, version, state: 'draft', revision: 1, text, format: 'yaml', cases: null, basedOn, createdAt: at, updatedAt: at }
}

function build(now: number): Stored[] {
  const ago = (hours: number) => new Date(now - hours * 3_600_000).toISOString()
  const set = (name: string, fourEyes: boolean, ...drafts: readonly (Partial<Version> & { readonly version: number; readonly text: string })[]): Stored => {
    const made: Stored = { name, fourEyes, versions: [] }
    for (const draft of drafts) replace(made, { ...fresh(made, draft.version, draft.text), ...draft })
    return made
  }
  const published = (hours: number, by: string) => ({ state: 'published', publishedBy: by, publishedAt: ago(hours), createdAt: ago(hours + 20), updatedAt: ago(hours) }) as const
  return [
    set(
      'collaborateurs',
      false,
      { version: 13, text: texts.employeeRules.replace(", ['annuaire', 'badges', 'erp-paris'], 20", ''), cases: texts.employeeCases, ...published(900, 'person:admin'), state: 'superseded', author: 'configuration', comment: 'Première version importée' },
      { version: 14, text: texts.employeeRules, cases: texts.employeeCases, ...published(260, 'person:admin'), author: 'person:redactrice', authors: ['person:redactrice'], comment: 'Identifiant unique dans les trois cibles' },
      { version: 15, text: texts.employeeDraft, cases: texts.employeeDraftCases, author: 'person:redactrice', authors: ['person:redactrice'], comment: 'Adresse des externes', createdAt: ago(30), updatedAt: ago(2), revision: 4 },
    ),
    set(
      'externes',
      true,
      { version: 3, text: texts.externalRules, cases: texts.externalCases, ...published(700, 'person:admin'), author: 'person:redactrice', authors: ['person:redactrice'] },
      { version: 4, text: texts.externalReviewed, cases: texts.externalCases, state: 'in_review', author: 'person:redactrice', authors: ['person:redactrice'], comment: 'Noms propres, type de contrat', createdAt: ago(9), updatedAt: ago(4) },
    ),
    set('stagiaires', false, { version: 1, text: texts.brokenRules, author: 'person:admin', authors: ['person:admin'], createdAt: ago(1), updatedAt: ago(1) }),
  ]
}

function readRules(text: string): RuleSet | null {
  try {
    return parseRuleSet(text, { file: 'rules' })
  } catch (error) {
    if (error instanceof RuleSetError) return null
    throw error
  }
}

function problemsOf(document: RuleProblemView['document'], read: () => unknown): RuleProblemView[] {
  try {
    read()
    return []
  } catch (error) {
    if (!(error instanceof RuleSetError)) throw error
    return error.problems.map(({ at: _at, ...found }) => ({ ...found, document, hint: found.hint ?? null }))
  }
}

async function checkOf(engine: RuleEngine, text: string, cases: string | null): Promise<RuleCheck> {
  const problems = [
    ...problemsOf('rules', () => parseRuleSet(text, { file: 'rules' })),
    ...(cases === null ? [] : problemsOf('cases', () => parseCases(cases, { file: 'cases' }))),
  ]
  const ruleSet = readRules(text)
  if (ruleSet === null || problems.length > 0) return { problems, tests: null }
  if (cases === null) return { problems, tests: { cases: 0, red: 0, results: [] } }
  const results = await runCases(engine, ruleSet, parseCases(cases, { file: 'cases' }))
  const report: TestReport = {
    cases: results.length,
    red: results.filter(({ differences }) => differences.length > 0).length,
    results: results.map(({ at, ...result }) => ({ ...result, line: Number(at.split(':').at(-2)) })),
  }
  return { problems, tests: report }
}

/** A person of the fixture, however they are named, is always the same one. */
async function preview(engine: RuleEngine, body: Record<string, never>): Promise<Response> {
  const { text = '', given = {} } = body as { text?: string; given?: Record<string, unknown> }
  if (given['externalId'] === 'personne') return problem(404, 'missing')
  const ruleSet = readRules(text)
  if (ruleSet === null)
    return json({ plan: null, problem: { code: 'rule_failed', message: 'the rule set cannot be read' }, values: [] } satisfies RulePreview)
  const attributes = { givenName: 'Amélie', familyName: 'Durand', personalNumber: 'P10454', organizationalUnit: 'Recherche' }
  const known = given['attributes'] === undefined ? { attributes } : given
  const cases = JSON.stringify({ cases: [{ name: 'preview', given: known, expect: {} }] })
  try {
    const [one] = parseCases(cases, { file: 'preview' })
    if (one === undefined) return problem(422, 'unprocessable')
    const { taken, memberships: previousMemberships, ...input } = one.given
    const unique = { reserve: async (_names: readonly string[], candidates: readonly string[]) => candidates.find((value) => !taken.includes(value)) ?? null }
    const plan = await engine.plan({ ...ruleSet, version: 1 }, { ...input, previousMemberships }, unique)
    return json({ plan, problem: null, values: valuesOf(ruleSet, plan) } satisfies RulePreview)
  } catch (error) {
    const message = error instanceof Error ? error.message : 'failed'
    return json({ plan: null, problem: { code: 'rule_failed', message }, values: [] } satisfies RulePreview)
  }
}

function valuesOf(ruleSet: RuleSet, plan: NonNullable<RulePreview['plan']>): RulePreview['values'] {
  return ruleSet.identity.map(({ name, value }) => {
    const path = `identity.${name}`
    const values = [...(plan.identity[name] ?? [])]
    return { path, target: null, attribute: name, value: values, expression: value, at: ruleSet.positions[path] ?? null, inputs: [], parts: [], tried: [] }
  })
}
