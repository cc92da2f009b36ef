/** The fixture's lookup tables. */
import type { LookupInput, LookupTable, Me } from '../src/lib/api.ts'
import { json, problem } from './fixture-answers.ts'

export interface FixtureLookups {
  answer(request: Request, me: Me, path: readonly string[]): Promise<Response>
  reset(): void
  readonly tables: readonly LookupTable[]
}

export function createLookups(now: number): FixtureLookups {
  let tables = build(now)
  return {
    get tables() {
      return tables
    },
    reset: () => void (tables = build(now)),
    async answer(request, me, [name]) {
      if (name === undefined) return json({ items: tables.map((table) => ({ ...table, rows: [] })), next: null })
      const found = tables.find((table) => table.name === name)
      if (request.method === 'GET') return found === undefined ? problem(404, 'missing') : json(found)
      if (me.role !== 'admin' && me.role !== 'rule_editor') return problem(403, 'forbidden')
      const { base, rows, fallback = null, description = null } = (await request.json()) as LookupInput
      if (base !== (found?.version ?? 0)) return problem(409, 'conflict')
      const updated = { updatedBy: `person:${me.name}`, updatedAt: new Date().toISOString() }
      const saved: LookupTable = {
        name,
        usedBy: found?.usedBy ?? [],
        version: base + 1,
        rows,
        size: rows.length,
        fallback,
        description,
        ...updated,
      }
      tables = [...tables.filter((table) => table.name !== name), saved]
      return json(saved)
    },
  }
}

function build(now: number): readonly LookupTable[] {
  const cities = { Paris: '75', Lyon: '69', Nantes: '44', Marseille: '13', 'Saint-Étienne': '42' }
  return [
    {
      name: 'sites',
      description: { fr: 'Département de chaque site', en: 'Département of each site' },
      version: 3,
      size: 5,
      rows: Object.entries(cities).map(([key, value]) => ({ key, value })),
      fallback: null,
      updatedBy: 'person:redactrice',
      updatedAt: new Date(now - 7_200_000).toISOString(),
      usedBy: ['collaborateurs'],
    },
    {
      name: 'fonctions',
      description: null,
      version: 1,
      size: 1,
      rows: [{ key: 'DIR', value: 'Direction' }],
      fallback: 'Autre',
      updatedBy: 'configuration',
      updatedAt: new Date(now - 86_400_000).toISOString(),
      usedBy: [],
    },
  ]
}
