/** A simulation's results as a file, sent while they are read: CSV for a spreadsheet, JSON for programs. */
import type { SimulationRow } from '#core/simulations/store.ts'
import type { Simulation, SimulationResult } from './types.ts'

/** The next rows behind one. */
type ReadRows = (after: number, size: number) => Promise<readonly SimulationRow[]>

const pageSize = 500

export function exportResponse(format: 'csv' | 'json', simulation: Simulation, read: ReadRows): Response {
  const chunks = format === 'csv' ? csvOf(read) : jsonOf(simulation, read)
  const type = format === 'csv' ? 'text/csv; charset=utf-8' : 'application/json'
  return new Response(ReadableStream.from(encoded(chunks)), {
    headers: {
      'Content-Type': type,
      'Content-Disposition': `attachment; filename="simulation-${simulation.id}.${format}"`,
      'Cache-Control': 'no-store',
    },
  })
}

async function* encoded(chunks: AsyncIterable<string>): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder()
  for await (const chunk of chunks) yield encoder.encode(chunk)
}

async function* pages(read: ReadRows): AsyncGenerator<readonly SimulationRow[]> {
  for (let after = 0; ;) {
    const rows = await read(after, pageSize)
    const last = rows.at(-1)
    if (last === undefined) return
    yield rows
    after = last.ord
  }
}

const columns = [
  ...['outcome', 'kind', 'source', 'externalId', 'displayName', 'requestId'],
  ...['target', 'attribute', 'before', 'after', 'problemCode', 'problem'],
]

/** One line for each change, or one for what changes nothing (RFC 4180). The mark at the beginning tells spreadsheets that it is UTF-8. */
async function* csvOf(read: ReadRows): AsyncGenerator<string> {
  yield `\u{FEFF}${columns.join(',')}\r\n`
  for await (const rows of pages(read)) yield rows.flatMap(toLines).join('')
}

function toLines({
  outcome,
  kind,
  source,
  externalId,
  displayName,
  requestId,
  problem,
  changes,
}: SimulationRow): readonly string[] {
  const about = [outcome, kind, source, externalId, displayName, requestId]
  const nothing = { target: problem?.target ?? null, attribute: null, before: null, after: null }
  return (changes.length === 0 ? [nothing] : changes).map(({ target, attribute, before, after }) =>
    toLine([...about, target, attribute, before, after, problem?.code ?? null, problem?.message ?? null]),
  )
}

function toLine(cells: readonly (string | null)[]): string {
  return `${cells.map(toCell).join(',')}\r\n`
}

/**
 * What begins like a formula would be one to a spreadsheet, whoever wrote it into an attribute: an apostrophe before it makes it text
 * (OWASP, CSV Injection). Full-width signs count, because some spreadsheets fold them.
 */
function toCell(text: string | null): string {
  if (text === null) return ''
  const harmless = /^[=+\-@\t\r\n＝＋－＠]/u.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless
}

async function* jsonOf(simulation: Simulation, read: ReadRows): AsyncGenerator<string> {
  yield `{"simulation":${JSON.stringify(simulation)},"results":[`
  let separator = '\n'
  for await (const rows of pages(read)) {
    yield separator + rows.map((row) => JSON.stringify(withoutOrder(row))).join(',\n')
    separator = ',\n'
  }
  yield '\n]}\n'
}

/** Where a result stands among the others is the cursor's to know. */
export function withoutOrder(row: SimulationRow): SimulationResult {
  const { ord: _, ...result } = row
  return result
}
