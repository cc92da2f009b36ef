/** `rules import`: files become drafts of the rule sets that they name, or come into force. What is there already is left as it is. */
import { GatewayError, isGatewayError } from '#core/errors.ts'
import type { Logger } from '#core/log.ts'
import type { RuleSetDetail, RuleVersion, RuleVersionSummary } from '../api/types.ts'
import type { Rules } from '../rules/rules.ts'
import { nameIn, readRuleFile, type RuleFile } from './rule-files.ts'
import { openRulesOfDatabase, type RulesOfDatabase } from './rule-versions.ts'
import { cliActor, readWords, wrongUsage } from './words.ts'

export async function importCommand(args: readonly string[], log: Logger): Promise<boolean> {
  const { values, positionals } = readWords(args, {
    comment: { type: 'string' },
    publish: { type: 'boolean', default: false },
    reason: { type: 'string' },
    replace: { type: 'boolean', default: false },
  })
  if (positionals.length === 0) throw wrongUsage('name the files: npm run cli -- rules import rules/default.yaml')
  const files = positionals.map(readRuleFile)
  await using database = await openRulesOfDatabase(log)
  let all = true
  for (const file of files) all = (await importOne(database, file, values)) && all
  return all
}

interface ImportOptions {
  readonly comment?: string | undefined
  readonly publish: boolean
  readonly reason?: string | undefined
  readonly replace: boolean
}

async function importOne({ rules }: RulesOfDatabase, file: RuleFile, options: ImportOptions): Promise<boolean> {
  const name = nameIn(file)
  const documents = { name, text: file.text, cases: file.cases?.text ?? null }
  const { problems } = await rules.check(documents, { isTried: false })
  for (const { document, line, column, path, message, hint } of problems)
    console.log(
      `${document === 'rules' ? file.file : file.cases?.file}:${line}:${column} ${path}: ${message}${hint === null ? '' : ` (${hint})`}`,
    )
  if (problems.length > 0) return false
  const known = await rules.catalogue.ruleSet(name).catch(nullIfMissing)
  const version = (await findSame(rules, known, documents)) ?? (await draft(rules, known, documents, options))
  return settle(rules, await rules.catalogue.version(name, version), options)
}

/** The version in force, or the draft, that says just this. */
async function findSame(rules: Rules, known: Known, { name, text, cases }: Documents): Promise<number | null> {
  for (const one of [known?.published, known?.pending]) {
    if (one === undefined || one === null || (one.state !== 'published' && one.state !== 'draft')) continue
    const kept = await rules.catalogue.documents(name, one.version)
    if (kept.text === text && kept.cases === cases) return one.version
  }
  return null
}

type Known = Omit<RuleSetDetail, 'verbs'> | null
interface Documents {
  readonly name: string
  readonly text: string
  readonly cases: string | null
}

async function draft(
  { drafting }: Rules,
  known: Known,
  documents: Documents,
  { replace, ...options }: ImportOptions,
): Promise<number> {
  const [actor, comment] = [cliActor(), options.comment ?? null]
  const newest = known?.history[0]
  if (newest === undefined) return drafting.create({ ...documents, comment, actor })
  const current = known?.history.find(({ state }) => state === 'draft')
  if (current === undefined) return drafting.save({ ...documents, comment, actor, base: newest.version })
  if (current.author === actor)
    return drafting.save({ ...documents, comment, actor, base: current.version, revision: current.revision })
  if (!replace)
    throw new GatewayError('conflict', `${current.author} writes version ${current.version} of ${documents.name}`, {
      hint: 'publish or withdraw it, or add --replace: it is withdrawn then, and can be restored',
    })
  await drafting.withdraw({ name: documents.name, version: current.version, reason: 'replaced by an import', actor })
  return drafting.save({ ...documents, comment, actor, base: newest.version })
}

async function settle(
  rules: Rules,
  { name, version, state, check, tests }: RuleVersion,
  { publish, reason }: ImportOptions,
): Promise<boolean> {
  const red = check.tests?.results.filter(({ differences }) => differences.length > 0) ?? []
  for (const { name: which, line } of red) console.log(`✖ ${name}: the case "${which}" (line ${line}) is red`)
  if (state !== 'draft' || !publish) {
    console.log(
      `${red.length > 0 ? '✖' : '✔'} ${name}: version ${version} is ${state === 'published' ? 'in force' : 'a draft'}${green(tests)}`,
    )
    return red.length === 0
  }
  await rules.publishing.publish({ name, version, actor: cliActor(), reason: reason ?? null, at: null, override: null })
  console.log(`✔ ${name}: version ${version} is in force now${green(tests)}`)
  return true
}

function green(tests: RuleVersionSummary['tests']): string {
  return tests === null ? '' : `; ${tests.cases - tests.red} of ${tests.cases} tests green`
}

function nullIfMissing(error: unknown): null {
  if (isGatewayError(error) && error.code === 'missing') return null
  throw error
}
