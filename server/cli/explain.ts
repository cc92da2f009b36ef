/** `rules explain`: why a request's plan holds what it holds, for people at a terminal. */
import { connectors } from '#connectors/index.ts'
import { openDatabase } from '#core/database.ts'
import type { Logger } from '#core/log.ts'
import { readTargets } from '#core/targets.ts'
import { isUuid } from '#core/uuid.ts'
import { openRuleEngine } from '#rules/index.ts'
import type { ExplainedValue, Explanation } from '../api/types.ts'
import { allSurveys } from '../configuration/capabilities.ts'
import { toPlanContext } from '../configuration/plan-context.ts'
import { createLookups } from '../lookups/store.ts'
import { createExplain } from '../requests/explain.ts'
import { environmentOfThisMachine } from '../standalone/environment.ts'
import { readWords, wrongUsage } from './words.ts'

/** Prints the explanation; answers whether the plan that was made for it is the one that was carried out. Throws `bad_request` for wrong usage. */
export async function explainCommand(args: readonly string[], log: Logger): Promise<boolean> {
  const { requestId, path, format } = readArguments(args)
  const { environment } = environmentOfThisMachine()
  await using database = await openDatabase({ url: environment.DATABASE_URL, name: 'passerelle-cli', poolSize: 2 })
  await using engine = await openRuleEngine({ log, size: 1 })
  const context = toPlanContext(await readTargets(database.sql), connectors, await allSurveys(database.sql))
  const explain = createExplain({
    sql: database.sql,
    engine: async () => engine,
    lookups: createLookups(database.sql),
    planContext: () => context,
  })
  const explanation = await explain(requestId, path)
  console.log(format === 'json' ? JSON.stringify(explanation, null, 2) : toText(explanation))
  return explanation.isExact
}

function readArguments(args: readonly string[]) {
  const { values, positionals } = readWords(args, { format: { type: 'string', default: 'text' } })
  const [requestId = '', path, ...more] = positionals
  if (!isUuid(requestId) || more.length > 0)
    throw wrongUsage('name a request by its id, and perhaps one value: npm run cli -- rules explain <id> identity.login')
  if (values.format !== 'text' && values.format !== 'json') throw wrongUsage('--format is one of text, json')
  return { requestId, path, format: values.format }
}

function toText({ ruleSet, version, publishedBy, publishedAt, isExact, approvedBy, values }: Explanation): string {
  const published = publishedAt === null ? '' : `, published by ${publishedBy} at ${publishedAt}`
  return [
    `${ruleSet}, version ${version}${published}`,
    isExact
      ? 'The plan comes out as it was carried out.'
      : 'The plan comes out otherwise today: targets are configured anew, or names are held by others.',
    ...approvedBy.map(({ person, reason, at }) => `Approved by ${person} at ${at}: ${reason}`),
    ...values.flatMap(toLines),
  ].join('\n')
}

function toLines({ path, value, expression, at, inputs, parts, tried }: ExplainedValue): readonly string[] {
  const read = inputs.map(({ name, value: held }) => `${name} = ${shown(held)}`)
  const names = tried.map((name) => `${name.value} (${name.free ? 'free' : 'held'})`)
  return [
    '',
    `${path} = ${value.length === 0 ? 'no value' : value.map(shown).join(', ')}`,
    `  ${expression.trim().replaceAll('\n', '\n  ')}${at === null ? '' : `    (${at})`}`,
    ...(read.length === 0 ? [] : [`  read   ${read.join(', ')}`]),
    ...(names.length === 0 ? [] : [`  tried  ${names.join(', ')}`]),
    // The first part is the whole.
    ...parts
      .slice(1)
      .map((part) => `  part   ${part.text.trim().replaceAll(/\s+/g, ' ')} = ${shown(part.value)}${toBranch(part)}`),
  ]
}

function toBranch({ branch }: ExplainedValue['parts'][number]): string {
  if (branch === null) return ''
  return branch === 'then' ? '   (the first way)' : '   (the second way)'
}

function shown(value: unknown): string {
  return value === null ? 'no value' : JSON.stringify(value)
}
