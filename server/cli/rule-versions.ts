/** `rules list, export, diff, publish`: the versions of rule sets in the database of this environment. */
import { connectors } from '#connectors/index.ts'
import { openDatabase } from '#core/database.ts'
import { GatewayError } from '#core/errors.ts'
import { openLedger } from '#core/ledger/index.ts'
import type { Logger } from '#core/log.ts'
import { createSealer } from '#core/sealing.ts'
import { convertDocument } from '#rules/index.ts'
import type { RuleVersionSummary } from '../api/types.ts'
import { openConfigured } from '../configuration/configured.ts'
import { diffVersions, type DiffSide } from '../rules/diff.ts'
import { createRules, type Rules } from '../rules/rules.ts'
import { environmentOfThisMachine } from '../standalone/environment.ts'
import { isFile, nameIn, readRuleFile, writeRuleFile, type RuleFile } from './rule-files.ts'
import { cliActor, oneOf, readWords, wrongUsage } from './words.ts'

export interface RulesOfDatabase extends AsyncDisposable {
  readonly rules: Rules
  /** A version's documents; without a number the one in force, or, before the first publication, the newest. */
  document(name: string, version: string | undefined): Promise<RuleFile & { readonly version: number }>
}

export async function openRulesOfDatabase(log: Logger): Promise<RulesOfDatabase> {
  const { environment } = environmentOfThisMachine()
  const stack = new AsyncDisposableStack()
  const database = stack.use(await openDatabase({ url: environment.DATABASE_URL, name: 'passerelle-cli', poolSize: 2 }))
  const ledger = openLedger({ database, sealer: createSealer(environment.PASSERELLE_KEY), log })
  const configured = await openConfigured({ database, connectors, log })
  const rules = stack.use(createRules({ sql: database.sql, ledger, log, ...configured }))
  return {
    rules,
    async document(name, version) {
      const { published, history } = await rules.catalogue.ruleSet(name)
      const number = version === undefined ? (published?.version ?? history[0]?.version ?? 0) : toVersion(version)
      const { text, cases } = await rules.catalogue.documents(name, number)
      return { file: name, version: number, text, cases: cases === null ? null : { file: `${name}.cases.yaml`, text: cases } }
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

export async function listCommand(args: readonly string[], log: Logger): Promise<boolean> {
  const { positionals } = readWords(args, {})
  await using database = await openRulesOfDatabase(log)
  const { catalogue } = database.rules
  for (const name of positionals) {
    const { history } = await catalogue.ruleSet(name)
    for (const version of history) console.log(`${name} ${describe(version)}`)
  }
  if (positionals.length > 0) return true
  for (let after: string | null = null; ;) {
    const { items, next } = await catalogue.list({ after, limit: 200 })
    for (const { name, published, pending, sources } of items) {
      const states = [published, pending]
        .filter((version) => version !== null)
        .map((version) => `version ${version.version} ${version.state}`)
      console.log(`${name}: ${states.join(', ')}${sources.length === 0 ? '' : `; for ${sources.join(', ')}`}`)
    }
    if (next === null) return true
    after = next
  }
}

function describe({ version, state, author, updatedAt, tests, problems, comment }: RuleVersionSummary): string {
  const tried =
    problems > 0 ? `, ${problems} problems` : tests === null ? '' : `, ${tests.cases - tests.red} of ${tests.cases} tests green`
  return `${version} ${state}, by ${author} at ${updatedAt}${tried}${comment === null ? '' : `: ${comment}`}`
}

export async function exportCommand(args: readonly string[], log: Logger): Promise<boolean> {
  const { values, positionals } = readWords(args, {
    version: { type: 'string' },
    format: { type: 'string' },
    output: { type: 'string' },
    cases: { type: 'boolean', default: false },
  })
  const [name, ...more] = positionals
  if (name === undefined || more.length > 0) throw wrongUsage('name one rule set: npm run cli -- rules export default')
  const format = values.format === undefined ? null : oneOf('--format', values.format, ['yaml', 'json'])
  await using database = await openRulesOfDatabase(log)
  const { text, cases, version } = await database.document(name, values.version)
  const written = (document: string) => (format === null ? document : convertDocument(document, format))
  if (values.output !== undefined) {
    const files = writeRuleFile(values.output, written(text), cases?.text ?? null)
    console.log(`✔ ${name}: version ${version} is in ${files.join(' and ')}`)
  } else if (!values.cases) process.stdout.write(written(text))
  else if (cases === null) throw new GatewayError('missing', `version ${version} of ${name} has no cases`)
  else process.stdout.write(written(cases.text))
  return true
}

/** Like the tool of that name: true where there is no difference. */
export async function diffCommand(args: readonly string[], log: Logger): Promise<boolean> {
  const { values, positionals } = readWords(args, {
    format: { type: 'string', default: 'text' },
    lang: { type: 'string', default: 'en' },
  })
  const [format, lang] = [oneOf('--format', values.format, ['text', 'json']), oneOf('--lang', values.lang, ['en', 'fr'])]
  const [before, after] = await readSides(positionals, log)
  const { changes, text } = diffVersions(before, after)
  if (format === 'json') console.log(JSON.stringify({ changes, text }, null, 2))
  else if (text !== '') console.log([...changes.map(({ sentence }) => `• ${sentence[lang]}`), '', text.trimEnd()].join('\n'))
  return text === ''
}

/** `NAME FROM TO`, `FILE FILE`, or `FILE [VERSION]`: the version in force, or that one, against the file. */
async function readSides(words: readonly string[], log: Logger): Promise<readonly [DiffSide, DiffSide]> {
  const [first = '', second, third, ...more] = words
  const usage = wrongUsage(
    'compare two versions or files: rules diff NAME FROM TO, rules diff FILE [VERSION], or rules diff FILE FILE',
  )
  if (more.length > 0 || first === '') throw usage
  if (isFile(first)) {
    if (third !== undefined) throw usage
    const file = readRuleFile(first)
    if (second !== undefined && isFile(second) && !/^\d+$/.test(second)) return [toSide(file), toSide(readRuleFile(second))]
    await using database = await openRulesOfDatabase(log)
    return [toSide(await database.document(nameIn(file), second)), toSide(file)]
  }
  if (second === undefined || third === undefined) throw usage
  await using database = await openRulesOfDatabase(log)
  return [toSide(await database.document(first, second)), toSide(await database.document(first, third))]
}

function toSide({ file, text, version }: RuleFile & { readonly version?: number }): DiffSide {
  return { name: file, version: version ?? null, text }
}

export async function publishCommand(args: readonly string[], log: Logger): Promise<boolean> {
  const { values, positionals } = readWords(args, {
    reason: { type: 'string' },
    at: { type: 'string' },
    override: { type: 'string' },
  })
  const [name, version, ...more] = positionals
  if (name === undefined || version === undefined || more.length > 0)
    throw wrongUsage('name a rule set and a version: npm run cli -- rules publish default 3 --reason "…"')
  const at = values.at === undefined ? null : new Date(values.at)
  if (at !== null && Number.isNaN(at.getTime())) throw wrongUsage('--at is a moment with its zone, such as 2027-01-31T06:00:00Z')
  await using database = await openRulesOfDatabase(log)
  const [reason, override] = [values.reason ?? null, values.override ?? null]
  await database.rules.publishing.publish({ name, version: toVersion(version), actor: cliActor(), reason, at, override })
  console.log(`✔ ${name}: version ${version} ${at === null ? 'is in force' : `comes into force at ${at.toISOString()}`}`)
  return true
}

function toVersion(word: string): number {
  if (!/^[1-9]\d{0,8}$/.test(word)) throw wrongUsage(`${word} is no number of a version`)
  return Number(word)
}
