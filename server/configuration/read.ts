/**
 * Reading the configuration: one file or all `*.yaml`, `*.yml` and `*.json` of a folder, with `${NAME}` filled from the
 * environment after parsing, so that a value can never change the document's shape. Every problem says where it stands.
 */
import { existsSync } from 'node:fs'
import { readdir, readFile, stat } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import * as v from 'valibot'
import { LineCounter, parseDocument } from 'yaml'
import type { Connector } from '#connectors/kit/connector.ts'
import { readVariable } from '#core/environment.ts'
import { GatewayError } from '#core/errors.ts'
import { casesBeside, parseCases, parseLookup, parseRuleSet, type LookupDocument } from '#rules/index.ts'
import { createPlaces } from '#rules/places.ts'
import type { ConfiguredRuleSet } from '../rules/configured.ts'
import { problemPhrase } from './problem-phrases.ts'
import { Configuration } from './schema.ts'

export interface LoadedRuleSet extends ConfiguredRuleSet {
  /** The targets it speaks of; none when people write it. */
  readonly targets: readonly string[]
}

export interface LoadedLookup {
  readonly name: string
  readonly rows: Readonly<Record<string, string>>
  readonly fallback: string | null
  readonly description: { readonly fr: string; readonly en: string } | null
}

export interface LoadedConfiguration {
  readonly sources: Configuration['sources']
  readonly targets: Configuration['targets']
  readonly ruleSets: readonly LoadedRuleSet[]
  readonly lookups: readonly LoadedLookup[]
}

export interface ReadOptions {
  readonly variables: Readonly<Record<string, string | undefined>>
  readonly connectors: Readonly<Record<string, Connector>>
}

/** Throws `config` listing every problem as `file:line:column path: message`. */
export async function readConfiguration(path: string, options: ReadOptions): Promise<LoadedConfiguration> {
  const problems: string[] = []
  const parts: LoadedConfiguration[] = []
  for (const file of await listFiles(path)) parts.push(await readFileOf(file, options, problems))
  const whole = merge(parts, problems)
  for (const [source, { ruleSet }] of Object.entries(whole.sources))
    if (!whole.ruleSets.some((known) => known.name === ruleSet))
      problems.push(`sources.${source}.ruleSet: there is no rule set named ${ruleSet}`)
  for (const { name, targets } of whole.ruleSets)
    for (const target of targets)
      if (!(target in whole.targets))
        problems.push(
          `rule set ${name}: targets.${target} is no target of this configuration; known: ${Object.keys(whole.targets).join(', ')}`,
        )
  if (problems.length > 0) throw new GatewayError('config', `the configuration has problems:\n  ${problems.join('\n  ')}`)
  return whole
}

async function listFiles(path: string): Promise<readonly string[]> {
  const info = await stat(path).catch((cause: unknown) => {
    throw new GatewayError('config', `the configuration ${path} cannot be read`, { cause, hint: 'check PASSERELLE_CONFIG' })
  })
  if (!info.isDirectory()) return [path]
  const names = (await readdir(path)).filter((name) => /\.(ya?ml|json)$/.test(name)).sort()
  if (names.length === 0) throw new GatewayError('config', `the folder ${path} holds no .yaml, .yml or .json file`)
  return names.map((name) => join(path, name))
}

const empty: LoadedConfiguration = { sources: {}, targets: {}, ruleSets: [], lookups: [] }

async function readFileOf(
  file: string,
  { variables, connectors }: ReadOptions,
  problems: string[],
): Promise<LoadedConfiguration> {
  const text = await readFile(file, 'utf8')
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true })
  const places = createPlaces(document, lines, text)
  const report = (path: readonly string[], message: string) => {
    const { line, column } = places.ofValue(path)
    problems.push(`${basename(file)}:${line}:${column} ${path.join('.')}: ${message}`)
  }
  const [error] = document.errors
  if (error !== undefined) {
    // The first says it; the others follow from it, and would quote the rest of the file.
    const { line, col } = lines.linePos(error.pos[0])
    problems.push(`${basename(file)}:${line}:${col} ${error.message.replace(/: ".*$/s, '')}`)
    return empty
  }
  const filled = fill(document.toJS(), variables, [], report)
  const parsed = v.safeParse(Configuration, filled)
  if (!parsed.success) {
    for (const issue of parsed.issues) report(pathOf(issue), safeMessage(issue))
    return empty
  }
  checkTargets(parsed.output, connectors, report)
  const ruleSets: LoadedRuleSet[] = []
  for (const [index, ruleSet] of parsed.output.ruleSets.entries()) {
    const loaded = await readRuleSet(ruleSet, dirname(file)).catch((error: Error) =>
      report(['ruleSets', String(index)], error.message),
    )
    if (loaded !== undefined) ruleSets.push(loaded)
  }
  const lookups = await readLookups(parsed.output, dirname(file), report)
  return { sources: parsed.output.sources, targets: parsed.output.targets, ruleSets, lookups }
}

async function readRuleSet(entry: Configuration['ruleSets'][number], folder: string): Promise<LoadedRuleSet> {
  const { fourEyes, ...place } = typeof entry === 'string' ? { file: entry, fourEyes: false } : entry
  if ('name' in place) return { name: place.name, document: null, targets: [], fourEyes }
  const file = resolve(folder, place.file)
  const text = await readDocument(file, 'rule set')
  const { name, targets } = parseRuleSet(text, { file: basename(file) })
  const beside = casesBeside(file).find((path) => existsSync(path))
  const cases = beside === undefined ? null : await readDocument(beside, 'list of cases')
  if (beside !== undefined && cases !== null) parseCases(cases, { file: basename(beside) })
  return { name, document: { text, cases }, targets: Object.keys(targets), fourEyes }
}

function readDocument(file: string, kind: string): Promise<string> {
  return readFile(file, 'utf8').catch((cause: unknown) => {
    throw new GatewayError('config', `the ${kind} ${basename(file)} cannot be read`, { cause })
  })
}

async function readLookups({ lookups }: Configuration, folder: string, report: Report): Promise<readonly LoadedLookup[]> {
  const loaded = await Promise.all(
    Object.entries(lookups).map(async ([name, { file, rows, fallback, description }]) => {
      const read =
        file === undefined
          ? { rows: rows ?? {} }
          : await readLookup(resolve(folder, file)).catch((error: Error) => report(['lookups', name, 'file'], error.message))
      if (read === undefined) return []
      const whole = { fallback, description, ...read }
      return [{ name, rows: whole.rows, fallback: whole.fallback ?? null, description: whole.description ?? null }]
    }),
  )
  return loaded.flat()
}

async function readLookup(file: string): Promise<LookupDocument> {
  return parseLookup(await readDocument(file, 'lookup table'), { file: basename(file) })
}

type Report = (path: readonly string[], message: string) => void

/** `${NAME}` in a text is the variable's value (or what the file of `NAME_FILE` holds); `$${` is `${` itself. */
function fill(value: unknown, variables: ReadOptions['variables'], path: readonly string[], report: Report): unknown {
  if (Array.isArray(value)) return value.map((item, index) => fill(item, variables, [...path, String(index)], report))
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fill(item, variables, [...path, key], report)]))
  if (typeof value !== 'string') return value
  return value.replaceAll(/\$\$\{|\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g, (found, name: string | undefined) => {
    if (name === undefined) return '${'
    const filled = readVariable(variables, name)
    if (filled === undefined) report(path, `the environment variable ${name} is not set`)
    return filled ?? found
  })
}

function checkTargets({ targets }: Configuration, connectors: ReadOptions['connectors'], report: Report): void {
  for (const [name, target] of Object.entries(targets)) {
    const connector = connectors[target.connector]
    if (connector === undefined) {
      report(
        ['targets', name, 'connector'],
        `there is no connector named ${target.connector}; known: ${Object.keys(connectors).join(', ')}`,
      )
      continue
    }
    const parsed = v.safeParse(connector.config, target.config)
    if (!parsed.success)
      for (const issue of parsed.issues) report(['targets', name, 'config', ...pathOf(issue)], safeMessage(issue))
  }
}

export function pathOf(issue: v.BaseIssue<unknown>): readonly string[] {
  return issue.path?.map((item) => String(item.key)) ?? []
}

/** Valibot's own messages quote what they received; a configuration's values may be passwords. */
export function safeMessage(issue: v.BaseIssue<unknown>): string {
  return problemPhrase(issue)?.en ?? issue.message
}

function merge(parts: readonly LoadedConfiguration[], problems: string[]): LoadedConfiguration {
  const sources: Record<string, LoadedConfiguration['sources'][string]> = {}
  const targets: Record<string, LoadedConfiguration['targets'][string]> = {}
  const ruleSets = new Map<string, LoadedRuleSet>()
  const lookups = new Map<string, LoadedLookup>()
  for (const part of parts) {
    const twice = [
      ...Object.keys(part.sources).filter((name) => name in sources),
      ...Object.keys(part.targets).filter((name) => name in targets),
      ...part.lookups.filter(({ name }) => lookups.has(name)).map(({ name }) => `lookup table ${name}`),
      ...part.ruleSets.filter(({ name }) => ruleSets.has(name)).map(({ name }) => `rule set ${name}`),
    ]
    problems.push(...twice.map((name) => `${name} is declared in two files`))
    Object.assign(sources, part.sources)
    Object.assign(targets, part.targets)
    for (const lookup of part.lookups) lookups.set(lookup.name, lookup)
    for (const ruleSet of part.ruleSets) ruleSets.set(ruleSet.name, ruleSet)
  }
  return { sources, targets, ruleSets: [...ruleSets.values()], lookups: [...lookups.values()] }
}
