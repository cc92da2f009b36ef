/** `rules lint` and `rules test`: rule sets checked and tried without a gateway, for whoever writes them and for their CI. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { relative } from 'node:path'
import { parseArgs } from 'node:util'
import { GatewayError, isGatewayError } from '#core/errors.ts'
import type { Logger } from '#core/log.ts'
import {
  openRuleEngine,
  parseCases,
  parseRuleSet,
  runCases,
  toReport,
  type FileResult,
  type ReportFormat,
  type RuleSet,
} from '#rules/index.ts'
import { explainCommand } from './explain.ts'
import { simulateCommand } from './simulate.ts'

const formats: readonly ReportFormat[] = ['text', 'json', 'junit']
const endings = ['.yaml', '.yml', '.json']

/** Prints what it finds; answers whether all is well. Throws `bad_request` for wrong usage and for files that are not there. */
export async function rulesCommand(args: readonly string[], log: Logger): Promise<boolean> {
  const [verb, ...rest] = args
  if (verb === 'simulate') return simulateCommand(rest, log)
  if (verb === 'explain') return explainCommand(rest, log)
  const { values, positionals: files } = parse(rest)
  const { format } = values
  if (!isFormat(format)) throw wrongUsage(`--format is one of ${formats.join(', ')}`)
  if (files.length === 0) throw wrongUsage(`name the rule sets: npm run cli -- rules ${verb ?? 'lint'} rules/default.yaml`)
  if (verb === 'lint') return lint(files)
  if (verb !== 'test') throw wrongUsage('did you mean: npm run cli -- rules lint, or npm run cli -- rules test')
  const results = await testAll(files, log)
  const report = toReport(format, results)
  if (values.output === undefined) console.log(report)
  else writeFileSync(values.output, `${report}\n`)
  return results.every((file) => file.results.every(({ differences }) => differences.length === 0))
}

function parse(args: readonly string[]) {
  try {
    const options = { format: { type: 'string', default: 'text' }, output: { type: 'string' } } as const
    return parseArgs({ args: [...args], options, allowPositionals: true })
  } catch (error) {
    throw wrongUsage(error instanceof Error ? error.message : String(error))
  }
}

function isFormat(text: string): text is ReportFormat {
  return formats.some((format) => format === text)
}

/** Every problem of every file, each with its place. */
function lint(files: readonly string[]): boolean {
  const verdicts = files.map((file) => {
    try {
      console.log(`✔ ${file}: ${summary(readRuleSet(file))}`)
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

async function testAll(files: readonly string[], log: Logger): Promise<readonly FileResult[]> {
  // Read before any of them runs: a typing mistake in the last one should not cost the time of the others.
  const sets = files.map((file) => ({ file, ruleSet: readRuleSet(file), cases: readCases(file) }))
  await using engine = await openRuleEngine({ log })
  const results: FileResult[] = []
  for (const { file, ruleSet, cases } of sets)
    results.push({ file: relative('.', file), results: await runCases(engine, ruleSet, cases) })
  return results
}

function readRuleSet(file: string): RuleSet {
  return parseRuleSet(read(file), { file })
}

/** The cases of `default.yaml` stand in `default.cases.yaml`, beside it. */
function readCases(file: string): ReturnType<typeof parseCases> {
  const stem = file.replace(/\.(ya?ml|json)$/, '')
  const beside = endings.map((ending) => `${stem}.cases${ending}`).find((path) => existsSync(path))
  if (beside === undefined) throw wrongUsage(`${file} has no cases: write ${stem}.cases.yaml (docs/rules.md)`)
  return parseCases(read(beside), { file: beside })
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    throw new GatewayError('bad_request', `${file} cannot be read`, { cause, hint: 'check the path' })
  }
}

function wrongUsage(message: string): GatewayError {
  return new GatewayError('bad_request', message)
}
