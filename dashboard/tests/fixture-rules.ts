/**
 * The fixture's rule sets: versions with their lives, kept in memory. Texts are checked, tried and previewed by the rules' own code, so that
 * pages meet real problems, real differences and real plans.
 */
import { createHash } from 'node:crypto'
import { pino } from 'pino'
import { openRuleEngine, type RuleEngine } from '../../rules/index.ts'
import type { Me, RuleSetDetail, RuleSetSummary, RuleVersion, RuleVersionSummary } from '../src/lib/api.ts'
import { json, problem } from './fixture-answers.ts'
import { diffOf } from './fixture-rules-diff.ts'
import { move, saveDraft, type Body } from './fixture-rules-life.ts'
import { build, fresh, replace, unfinished, verbsOf, type Stored, type Version } from './fixture-rules-store.ts'
import { checkOf, preview, readRules } from './fixture-rules-trying.ts'

export interface FixtureRules extends AsyncDisposable {
  answer(request: Request, me: Me, path: readonly string[], url: URL): Promise<Response>
  reset(): void
  /** The newest first. */
  versions(name: string): readonly Version[]
  /** What reached the gateway, such as `publish 15 {"reason":…}`. */
  readonly asked: string[]
}

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

  /** A refusal as it is, a version with what it is worth. */
  const told = async (outcome: Version | Response, status = 200) =>
    outcome instanceof Response ? outcome : json(await toVersion(outcome), { status })

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
    return {
      name: set.name,
      description,
      published,
      pending,
      versions: history.length,
      targets,
      sources,
      history,
      verbs: verbsOf[me.role],
      fourEyes: set.fourEyes,
    }
  }

  async function one(set: Stored, me: Me, request: Request, path: readonly string[], url: URL): Promise<Response> {
    const [what, number, verb] = path
    if (what === undefined) return json(await detail(set, me))
    const body = request.method === 'GET' ? {} : ((await request.json().catch(() => ({}))) as Body)
    const asked = (name: string) => Number(url.searchParams.get(name))
    if (what === 'diff') return json(diffOf(set.name, set.versions, asked('from'), asked('to')))
    if (what === 'check') return json(await checkOf(await theEngine(), body['text'] ?? '', body['cases'] ?? null))
    if (what === 'preview') return preview(await theEngine(), body)
    if (what === 'draft' && request.method === 'PUT') return told(saveDraft(set, me, body))
    const version = set.versions.find((candidate) => String(candidate.version) === number)
    if (what !== 'versions' || version === undefined) return problem(404, 'missing')
    return request.method === 'GET' ? read(version, url) : change(set, me, version, verb ?? '', body)
  }

  const read = async (version: Version, url: URL) =>
    url.searchParams.has('format') ? new Response(version.text) : json(await toVersion(version))

  async function change(set: Stored, me: Me, version: Version, verb: string, body: Body): Promise<Response> {
    asked.push(`${verb} ${version.version} ${JSON.stringify(body)}`)
    const { check } = await toVersion(version)
    if (verb === 'test') return json(check.tests)
    return told(move(set, me, version, { verb, body, red: check.tests?.red ?? 0 }), verb === 'restore' ? 201 : 200)
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
