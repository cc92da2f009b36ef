/**
 * Checks a rule set against what is around it: lookup tables, the attributes that identities come with, the schemas of targets. Typing mistakes there
 * are mistakes of nobody's language, and would else show when the first person comes.
 */
import type { Phrase } from '#core/phrase.ts'
import type { Inspection } from './expressions.ts'
import { didYouMean } from './hints.ts'
import { mostTables } from './lookups/limits.ts'
import { documentPhrases } from './phrases/document.ts'
import { inRow } from './phrases/words.ts'
import type { Places } from './places.ts'
import type { Report } from './reading.ts'
import type { RuleSetDocument } from './schema.ts'

/** What is around a rule set: what is not told here is not checked. */
export interface Surroundings {
  /** The lookup tables that there are. */
  readonly lookups?: readonly string[]
  /** The attributes that identities come with, besides those that the rule set names under `attributes`. */
  readonly attributes?: readonly string[]
  /** By target, the attributes of its accounts, as its connector discovered them. */
  readonly schemas?: Readonly<Record<string, readonly TargetAttribute[]>>
}

export interface TargetAttribute {
  readonly name: string
  readonly readOnly: boolean
}

export interface SurroundingsCheck {
  expression(inspection: Inspection, path: readonly string[]): void
  /** Everything that is not in an expression. */
  targets(): void
}

/** Names at the root that are no attributes of the identity. */
const ours: ReadonlySet<string> = new Set(['identity', 'request', 'plan'])

export function createSurroundingsCheck(
  document: RuleSetDocument,
  { lookups, attributes, schemas = {} }: Surroundings,
  places: Places,
  report: Report,
): SurroundingsCheck {
  const named = document.attributes ?? []
  // A rule set that names none reads what comes.
  const known = attributes === undefined && document.attributes === undefined ? null : [...named, ...(attributes ?? [])]
  const tables = new Set<string>()
  return {
    expression(inspection, path) {
      for (const { name, offset } of inspection.tables) {
        tables.add(name)
        if (lookups !== undefined && !lookups.includes(name))
          report.add('reference', places.ofCharacter(path, offset), path, {
            phrase: documentPhrases.noTableOfName({ name }),
            advice: hintOf(name, lookups),
          })
      }
      // Secrets come with requests, and have names of their own.
      if (known === null || isSecret(document, path)) return
      for (const { name, offset } of inspection.names)
        if (!known.includes(name) && !ours.has(name))
          report.add('reference', places.ofCharacter(path, offset), path, {
            phrase: documentPhrases.noSuchAttribute({ name }),
            advice: didYouMean(name, known) ?? documentPhrases.declareAttribute,
          })
    },
    targets() {
      if (tables.size > mostTables)
        report.add('schema', { line: 1, column: 1 }, [], {
          phrase: documentPhrases.tooManyTables({ most: String(mostTables) }),
        })
      for (const [target, rules] of Object.entries(document.targets))
        checkTarget(target, rules, schemas[target] ?? null, places, report)
    },
  }
}

function isSecret({ targets }: RuleSetDocument, [, target, part, name]: readonly string[]): boolean {
  const rule = part === 'attributes' ? targets[target ?? '']?.attributes?.[name ?? ''] : undefined
  return typeof rule === 'object' && rule.secret === true
}

function checkTarget(
  target: string,
  { correlate, attributes = {} }: RuleSetDocument['targets'][string],
  schema: readonly TargetAttribute[] | null,
  places: Places,
  report: Report,
): void {
  if (schema === null) return
  // Directories do not tell capitals from small letters in names.
  const known = new Map(schema.map((attribute) => [attribute.name.toLowerCase(), attribute]))
  const names = schema.map(({ name }) => name)
  const paths = [
    ...Object.keys(correlate).map((name) => ['targets', target, 'correlate', name]),
    ...Object.keys(attributes).map((name) => ['targets', target, 'attributes', name]),
  ]
  for (const path of paths) {
    const name = path[3] ?? ''
    const attribute = known.get(name.toLowerCase())
    if (attribute === undefined)
      report.add('reference', places.ofKey(path), path, {
        phrase: documentPhrases.noAccountAttribute({ target, name }),
        advice: hintOf(name, names),
      })
    else if (attribute.readOnly && path[2] === 'attributes')
      report.add('reference', places.ofKey(path), path, { phrase: documentPhrases.readOnly({ target, name }) })
  }
}

function hintOf(name: string, known: readonly string[]): Phrase {
  if (known.length === 0) return documentPhrases.noneKnown
  return didYouMean(name, known) ?? documentPhrases.known({ names: inRow(known.slice(0, 12)) })
}
