/** Asking a directory for entries, and reading what it answers. */
import { AndFilter, EqualityFilter, type Entry, type Filter, type SearchOptions } from 'ldapts'
import type { Wire } from './wire.ts'

/** All of these attributes have these values; bytes on the wire, so nothing in a value can be read as filter syntax. */
export function allEqual(pairs: readonly (readonly [attribute: string, value: string | Buffer])[]): Filter {
  const filters = pairs.map(([attribute, value]) => new EqualityFilter({ attribute, value: Buffer.from(value as string) }))
  return filters.length === 1 && filters[0] !== undefined ? filters[0] : new AndFilter({ filters })
}

/** The values of an attribute, whatever case the server writes its name in; bytes as UTF-8. */
export function textsOf(entry: Entry | null, name: string): readonly string[] {
  const key = Object.keys(entry ?? {}).find((candidate) => candidate.toLowerCase() === name.toLowerCase())
  if (entry === null || key === undefined) return []
  return [entry[key] ?? []].flat().map((value) => (Buffer.isBuffer(value) ? value.toString('utf8') : value))
}

/** All entries below a base by simple paged results (RFC 2696). */
export async function* searchInPages(wire: Wire, base: string, options: SearchOptions): AsyncGenerator<readonly Entry[]> {
  const attempt = { doing: 'listing accounts', kind: 'read' } as const
  const pages = await wire.run(attempt, async (client) => client.searchPaginated(base, options))
  for (;;) {
    const { done, value } = await wire.run(attempt, () => pages.next())
    if (done === true) return
    // The library adds each page to the same list.
    yield value.searchEntries.splice(0)
  }
}
