/** `/api/v1/lookups`: the tables that rules read by a key, and their next versions. */
import { Hono, type Context } from 'hono'
import * as v from 'valibot'
import { GatewayError } from '#core/errors.ts'
import type { Ledger } from '#core/ledger/index.ts'
import { hashTable, Rows, tableEntries, tableName, tablesOf } from '#rules/index.ts'
import { actorName } from '../auth/policy.ts'
import { readJson } from '../json-body.ts'
import type { Lookups, StoredLookup } from '../lookups/store.ts'
import type { RuleSets } from '../requests/rule-sets.ts'
import { actorOf, may, type Env } from './context.ts'
import type { LookupTable, Page } from './types.ts'

export interface LookupRoutesDeps {
  readonly lookups: Lookups
  readonly ruleSets: Pick<RuleSets, 'inForce'>
  readonly ledger: Pick<Ledger, 'changeLookup'>
}

const Row = v.strictObject({ key: v.string(), value: v.string() })

export const LookupBody = v.strictObject({
  rows: v.pipe(v.array(Row), v.maxLength(10_000), v.description('Every key once; the whole table, not a part of it.')),
  fallback: v.optional(v.nullable(tableEntries.fallback.wrapped)),
  description: v.optional(v.nullable(tableEntries.description.wrapped)),
  base: v.pipe(v.number(), v.integer(), v.minValue(0), v.description('The version that was looked at; 0 for a new table.')),
})

export function lookupRoutes({ lookups, ruleSets, ledger }: LookupRoutesDeps) {
  async function present(rows: readonly StoredLookup[], withRows: boolean): Promise<readonly LookupTable[]> {
    const readers = await readersOf(ruleSets)
    return rows.map((row) => toLookup(row, withRows, readers.get(row.name) ?? []))
  }
  async function one(c: Context<Env>): Promise<LookupTable | undefined> {
    const asked = c.req.query('version')
    if (asked !== undefined && !/^[1-9]\d{0,8}$/.test(asked))
      throw new GatewayError('bad_request', 'version must be a whole number', { at: '?version' })
    const row = await lookups.read(c.req.param('name') ?? '', asked === undefined ? undefined : Number(asked))
    if (row === null) throw new GatewayError('missing', 'there is no such lookup table, or no such version of it')
    return (await present([row], true))[0]
  }
  return new Hono<Env>()
    .get('/', may('rules:read'), async (c) =>
      c.json({ items: await present(await lookups.list(), false), next: null } satisfies Page<LookupTable>),
    )
    .get('/:name', may('rules:read'), async (c) => c.json(await one(c)))
    .put('/:name', may('rules:edit'), async (c) => {
      const name = c.req.param('name')
      if (!v.is(tableName, name))
        throw new GatewayError('unprocessable', 'a table’s name holds lower-case letters, digits and hyphens, 63 at most')
      const { base, fallback = null, description = null, rows } = readBody(await c.req.text())
      const table = { rows, fallback, description }
      const saved = await ledger.changeLookup({ ...table, name, base, hash: hashTable(table), actor: actorName(actorOf(c)) })
      if (saved.outcome === 'conflict')
        throw new GatewayError('conflict', `the table was saved meanwhile: its newest version is ${saved.version}`, {
          hint: 'read it again, and make the change there',
        })
      lookups.refresh()
      const row = await lookups.read(name, saved.version)
      if (row === null) throw new GatewayError('missing', 'there is no such lookup table')
      return c.json((await present([row], true))[0], saved.version === 1 ? 201 : 200)
    })
}

function readBody(text: string) {
  const result = v.safeParse(LookupBody, readJson(text))
  if (!result.success) throw refusal(result.issues[0], (path) => `/${path.join('/')}`)
  const { rows: list, ...rest } = result.output
  const twice = list.findIndex(({ key }, index) => list.findIndex((other) => other.key === key) !== index)
  if (twice >= 0)
    throw new GatewayError('unprocessable', 'the key stands in an earlier row already', { at: `/rows/${twice}/key` })
  const named = list.findIndex(({ key }) => key === '__proto__')
  if (named >= 0) throw new GatewayError('unprocessable', 'nothing can be named __proto__', { at: `/rows/${named}/key` })
  const rows = v.safeParse(Rows, Object.fromEntries(list.map(({ key, value }) => [key, value])))
  if (!rows.success) throw refusal(rows.issues[0], () => '/rows')
  return { ...rest, rows: rows.output }
}

function refusal(issue: v.BaseIssue<unknown>, toPointer: (path: readonly string[]) => string): GatewayError {
  const path = issue.path?.map(({ key }) => String(key)) ?? []
  const message = issue.kind === 'validation' ? issue.message : `expected ${issue.expected ?? issue.type}`
  return new GatewayError('unprocessable', `the table is not as it should be: ${message}`, {
    at: toPointer(path),
    hint: 'send {"rows": [{"key": "PAR", "value": "Paris"}], "base": 0}',
  })
}

/** Rule sets in force, by the tables that they read. */
async function readersOf(ruleSets: Pick<RuleSets, 'inForce'>): Promise<ReadonlyMap<string, readonly string[]>> {
  const readers = new Map<string, string[]>()
  for (const ruleSet of await ruleSets.inForce())
    for (const table of tablesOf(ruleSet)) readers.set(table, [...(readers.get(table) ?? []), ruleSet.name])
  return readers
}

function toLookup(row: StoredLookup, withRows: boolean, usedBy: readonly string[]): LookupTable {
  const { name, description, version, fallback, updatedBy, updatedAt } = row
  const rows = Object.entries(row.rows).map(([key, value]) => ({ key, value }))
  const sorted = rows.toSorted((left, right) => left.key.localeCompare(right.key, 'fr'))
  return {
    name,
    description,
    version,
    rows: withRows ? sorted : [],
    size: rows.length,
    fallback,
    updatedBy,
    updatedAt: updatedAt.toISOString(),
    usedBy,
  }
}
