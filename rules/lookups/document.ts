/** Lookup tables in files: YAML or JSON with all there is to say, or a CSV of two columns, as spreadsheets write it. */
import type { Phrase } from '#core/phrase.ts'
import { CsvError, parse } from 'csv-parse/sync'
import * as v from 'valibot'
import { documentPhrases } from '../phrases/document.ts'
import { tablePhrases } from '../phrases/policies.ts'
import { RuleSetError, toWords, type RuleProblem, type Told } from '../problems.ts'
import { readAs } from '../reading.ts'
import { toSchemaProblems } from '../schema-problems.ts'
import { Rows, tableEntries } from './table.ts'

export const LookupDocument = v.strictObject({ $schema: v.optional(v.string()), ...tableEntries, rows: Rows })
export type LookupDocument = v.InferOutput<typeof LookupDocument>

/** Reads a table; a file whose name ends in `.csv` is a CSV. Throws RuleSetError (`unprocessable`) with all the problems found. */
export function parseLookup(text: string, { file }: { readonly file: string }): LookupDocument {
  if (/\.csv$/i.test(file)) return { rows: readCsv(text, file) }
  return readAs(LookupDocument, text, { file, knownKeys: (path) => knownKeys(path) }).document
}

function knownKeys(path: readonly string[]): readonly string[] {
  return path.length === 1 ? ['description', 'fallback', 'rows'] : ['fr', 'en']
}

interface CsvRecord {
  readonly record: readonly string[]
  readonly info: { readonly lines: number }
}

/** The first line names the columns: a key and a value. Commas or semicolons separate them. */
function readCsv(text: string, file: string): Readonly<Record<string, string>> {
  const problems: RuleProblem[] = []
  const problem = (line: number, phrase: Phrase, advice?: Phrase) => problems.push(toProblem(file, line, { phrase, advice }))
  const [header, ...records] = parseCsv(text, file)
  if (header === undefined || header.record.length !== 2) problem(1, tablePhrases.header, tablePhrases.headerExample)
  const rows = new Map<string, string>()
  for (const { record, info } of records) {
    const [key = '', value = ''] = record
    if (record.length !== 2) problem(info.lines, tablePhrases.columns({ found: String(record.length) }), tablePhrases.quoteComma)
    else if (key.trim() === '') problem(info.lines, tablePhrases.emptyKey)
    else if (rows.has(key)) problem(info.lines, tablePhrases.keyTwice)
    else rows.set(key, value)
  }
  // Not Object.fromEntries of a literal: a key may be called __proto__, which the schema refuses.
  const parsed = v.safeParse(Rows, Object.fromEntries(rows))
  if (!parsed.success) for (const told of toSchemaProblems(parsed.issues, knownKeys)) problems.push(toProblem(file, 1, told))
  if (rows.has('__proto__')) problem(1, documentPhrases.reservedName({ name: '__proto__' }))
  if (problems.length > 0) throw new RuleSetError(problems.toSorted((left, right) => left.line - right.line))
  return Object.fromEntries(rows)
}

function parseCsv(text: string, file: string): readonly CsvRecord[] {
  const firstLine = text.slice(0, text.indexOf('\n') + 1)
  const delimiter = firstLine.includes(';') && !firstLine.includes(',') ? ';' : ','
  try {
    return parse(text, {
      bom: true,
      delimiter,
      info: true,
      skip_empty_lines: true,
      trim: true,
      relax_column_count: true,
      max_record_size: 10_000,
    }) as never
  } catch (error) {
    if (!(error instanceof CsvError)) throw error
    const lines: unknown = Reflect.get(error, 'lines')
    const line = typeof lines === 'number' ? lines : 1
    throw new RuleSetError([toProblem(file, line, { phrase: tablePhrases.notCsv, advice: tablePhrases.doubleQuote })])
  }
}

function toProblem(file: string, line: number, told: Told): RuleProblem {
  const at = `${file}:${line}:1`
  return {
    kind: 'syntax',
    at,
    line,
    column: 1,
    path: '',
    rule: null,
    attribute: null,
    ...toWords(told),
  }
}
