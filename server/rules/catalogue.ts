/** The rule sets and their versions as the API shows them. */
import type { Sql } from '#core/database.ts'
import { GatewayError } from '#core/errors.ts'
import { formatOf, isRuleSetError, parseRuleSet, type RuleSet } from '#rules/index.ts'
import type { Page, RuleSetDetail, RuleSetSummary, RuleVersion, RuleVersionSummary, TestReport } from '../api/types.ts'
import { keptReport, type Check } from './check.ts'
import { isOpen } from './life.ts'
import { lifePhrases } from './phrases.ts'

export interface Catalogue {
  /** By name. `after`: the last name of the page before. */
  list(page: { readonly after: string | null; readonly limit: number }): Promise<Page<RuleSetSummary>>
  /** Throws `missing`. */
  ruleSet(name: string): Promise<Omit<RuleSetDetail, 'verbs'>>
  /** With what is wrong with it, and what its tests came to when they last ran. Throws `missing`. */
  version(name: string, version: number): Promise<RuleVersion>
  /** Its two documents. Throws `missing`. */
  documents(name: string, version: number): Promise<VersionDocuments>
}

export interface VersionDocuments {
  readonly name: string
  readonly version: number
  readonly text: string
  readonly cases: string | null
}

type Times = 'createdAt' | 'updatedAt' | 'publishedAt' | 'publishAt'
type SummaryRow = Omit<RuleVersionSummary, Times> & {
  readonly name: string
  readonly createdAt: Date
  readonly updatedAt: Date
  readonly publishedAt: Date | null
  readonly publishAt: Date | null
}

export function createCatalogue({ sql, check }: { readonly sql: Sql; readonly check: Check }): Catalogue {
  const describe = remembered(describeText)
  const summaries = (names: readonly string[]) => readSummaries(sql, names, describe)
  return {
    async list({ after, limit }) {
      const names = await sql<{ name: string }[]>`
        select distinct name from rule_version where name > ${after ?? ''} order by name limit ${limit + 1}`
      const page = names.slice(0, limit).map(({ name }) => name)
      return { items: await summaries(page), next: names.length > limit ? (page.at(-1) ?? null) : null }
    },
    async ruleSet(name) {
      const [[summary], history, [policy]] = await Promise.all([
        summaries([name]),
        sql<SummaryRow[]>`select ${summaryColumns(sql)} from rule_version where name = ${name} order by version desc`,
        sql<{ fourEyes: boolean }[]>`select four_eyes as "fourEyes" from rule_set_policy where name = ${name}`,
      ])
      if (summary === undefined) throw new GatewayError('missing', lifePhrases.noRuleSet)
      return { ...summary, history: history.map(toSummary), fourEyes: policy?.fourEyes ?? false }
    },
    async version(name, version) {
      const [row] = await sql<(SummaryRow & { text: string; cases: string | null; report: TestReport | null })[]>`
        select ${summaryColumns(sql)}, text, cases, tests as report from rule_version where name = ${name} and version = ${version}`
      if (row === undefined) throw noSuchVersion()
      const { text, cases, report } = row
      // Its tests are not run to show it: what they came to is kept.
      const { problems, tests } = await check({ name, text, cases }, { isTried: false })
      const kept = { problems, tests: tests === null || report === null ? tests : keptReport(report) }
      return { ...toSummary(row), name, text, cases, format: formatOf(text), check: kept }
    },
    async documents(name, version) {
      const [row] = await sql<VersionDocuments[]>`
        select name, version, text, cases from rule_version where name = ${name} and version = ${version}`
      if (row === undefined) throw noSuchVersion()
      return row
    },
  }
}

function noSuchVersion(): GatewayError {
  return new GatewayError('missing', lifePhrases.noVersion)
}

function summaryColumns(sql: Sql) {
  return sql`
    name, version, state, hash, revision, comment, reason, authors[cardinality(authors)] as author, authors, based_on as "basedOn",
    created_at as "createdAt", updated_at as "updatedAt", reviewed_by as "reviewedBy", published_at as "publishedAt", publish_at as "publishAt",
    case when state = 'scheduled' then null else published_by end as "publishedBy", tests - 'results' as tests, problems`
}

/** By name, with the versions that are in force or open, and how many there are. */
async function readSummaries(sql: Sql, names: readonly string[], describe: Describe): Promise<readonly RuleSetSummary[]> {
  const [current, counts, sources] = await Promise.all([
    sql<(SummaryRow & { text: string })[]>`
      select ${summaryColumns(sql)}, text from rule_version
      where name = any(${[...names]}) and state in ('draft', 'in_review', 'approved', 'scheduled', 'published') order by version desc`,
    sql<{ name: string; versions: number }[]>`
      select name, count(*)::int as versions from rule_version where name = any(${[...names]}) group by name order by name`,
    sql<{ name: string; source: string }[]>`
      select rule_set as name, name as source from source where rule_set = any(${[...names]}) order by source.name`,
  ])
  return counts.map(({ name, versions }) => {
    const own = current.filter((row) => row.name === name)
    const published = own.find(({ state }) => state === 'published')
    const pending = own.find(({ state }) => isOpen(state))
    const shown = published ?? pending
    return {
      name,
      versions,
      published: published === undefined ? null : toSummary(published),
      pending: pending === undefined ? null : toSummary(pending),
      ...(shown === undefined ? nothing : describe(shown.hash, shown.text)),
      sources: sources.filter((row) => row.name === name).map(({ source }) => source),
    }
  })
}

function toSummary(row: SummaryRow): RuleVersionSummary {
  return {
    version: row.version,
    state: row.state,
    hash: row.hash,
    revision: row.revision,
    comment: row.comment,
    reason: row.reason,
    author: row.author,
    authors: row.authors,
    basedOn: row.basedOn,
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
    reviewedBy: row.reviewedBy,
    publishedBy: row.publishedBy,
    publishedAt: row.publishedAt?.toISOString() ?? null,
    publishAt: row.publishAt?.toISOString() ?? null,
    tests: row.tests,
    problems: row.problems,
  }
}

type Described = Pick<RuleSetSummary, 'description' | 'targets'>
type Describe = (hash: string, text: string) => Described
const nothing: Described = { description: null, targets: [] }

/** What cannot be read yet says nothing. */
function describeText(text: string): Described {
  let ruleSet: RuleSet
  try {
    ruleSet = parseRuleSet(text, { file: 'rules' })
  } catch (error) {
    if (isRuleSetError(error)) return nothing
    throw error
  }
  const { description = null, targets } = ruleSet
  return {
    description: typeof description === 'string' ? { fr: description, en: description } : description,
    targets: Object.keys(targets),
  }
}

const mostRemembered = 200

/** A text is the same as long as its hash is, and reading it takes milliseconds. */
function remembered(describe: (text: string) => Described): Describe {
  const known = new Map<string, Described>()
  return (hash, text) => {
    const described = known.get(hash) ?? describe(text)
    if (known.size >= mostRemembered) known.clear()
    known.set(hash, described)
    return described
  }
}
