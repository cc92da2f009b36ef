/** `rules lint` and `rules test`: of files, which need no database and no gateway, and of what the database holds. */
import { writeFileSync } from 'node:fs'
import { relative } from 'node:path'
import { isGatewayError } from '#core/errors.ts'
import type { Logger } from '#core/log.ts'
import { openRuleEngine, parseCases, parseRuleSet, runCases, toReport, type FileResult, type RuleSet } from '#rules/index.ts'
import { isFile, readRuleFile, type RuleFile } from './rule-files.ts'
import { openRulesOfDatabase } from './rule-versions.ts'
import { oneOf, readWords, wrongUsage } from './words.ts'

/** Every problem of every document, each with its place. */
export async function lintCommand(args: readonly string[], log: Logger): Promise<boolean> {
  const { values, positionals } = readWords(args, { version: { type: 'string' } })
  const documents = await readAll('lint', positionals, values.version, log)
  const verdicts = documents.map(({ file, text }) => {
    try {
      console.log(`✔ ${file}: ${summary(parseRuleSet(text, { file }))}`)
      return true
    } catch (error) {
      if (!isGatewayError(error) || error.code !== 'unprocessable') throw error
      console.log(error.message)
      return false
    }
  })
  return verdicts.every(Boolean)
}

function summary({ name, identity, targets }: RuleSet): string {
  const computed = identity.length === 0 ? '' : `; computes ${identity.map((one) => one.name).join(', ')}`
  return `rule set "${name}" for ${Object.keys(targets).join(', ')}${computed}`
}

/** The cases of each, in a form for people, programs or CI servers. */
export async function testCommand(args: readonly string[], log: Logger): Promise<boolean> {
  const { values, positionals } = readWords(args, {
    format: { type: 'string', default: 'text' },
    output: { type: 'string' },
    version: { type: 'string' },
  })
  const format = oneOf('--format', values.format, ['text', 'json', 'junit'])
  const results = await testAll(await readAll('test', positionals, values.version, log), log)
  const report = toReport(format, results)
  if (values.output === undefined) console.log(report)
  else writeFileSync(values.output, `${report}\n`)
  return results.every((file) => file.results.every(({ differences }) => differences.length === 0))
}

async function testAll(documents: readonly RuleFile[], log: Logger): Promise<readonly FileResult[]> {
  // Read before any of them runs: a typing mistake in the last one should not cost the time of the others.
  const sets = documents.map((document) => ({
    file: document.file,
    ruleSet: parseRuleSet(document.text, document),
    cases: readCases(document),
  }))
  await using engine = await openRuleEngine({ log })
  const results: FileResult[] = []
  for (const { file, ruleSet, cases } of sets) results.push({ file, results: await runCases(engine, ruleSet, cases) })
  return results
}

function readCases({ file, cases }: RuleFile): ReturnType<typeof parseCases> {
  if (cases !== null) return parseCases(cases.text, cases)
  throw wrongUsage(
    isFile(file)
      ? `${file} has no cases: write ${file.replace(/\.(ya?ml|json)$/, '')}.cases.yaml (docs/rules.md)`
      : `${file} has no cases`,
  )
}

/** The documents that the words name: files, or rule sets of the database, in one of their versions. */
async function readAll(
  verb: string,
  words: readonly string[],
  version: string | undefined,
  log: Logger,
): Promise<readonly RuleFile[]> {
  if (words.length === 0) throw wrongUsage(`name the rule sets: npm run cli -- rules ${verb} rules/default.yaml`)
  const files = words.map((word) => (isFile(word) ? { ...readRuleFile(word), file: relative('.', word) } : word))
  if (files.every((file) => typeof file !== 'string')) return files
  await using database = await openRulesOfDatabase(log)
  const documents: RuleFile[] = []
  for (const file of files) documents.push(typeof file === 'string' ? await database.document(file, version) : file)
  return documents
}
