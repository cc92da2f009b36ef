/** What docs/rules.md says of accounts, done: the rules plan, and the connectors' kit decides what to write. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { pino } from 'pino'
import { parse } from 'yaml'
import type { Account } from '#core/account.ts'
import type { StepPlan } from '#core/plan.ts'
import type { Values } from '#core/values.ts'
import { intend } from '#connectors/kit/converge.ts'
import { openRuleEngine, parseRuleSet } from '#rules/index.ts'

const page = readFileSync(join(import.meta.dirname, '../docs/rules.md'), 'utf8')

/** What the account's attribute holds when the step was carried out. */
function after({ operation, attributes, memberships }: StepPlan, before: Account | null): Values {
  const change = { operation, key: { nativeId: null, correlate: {} }, attributes, memberships, secrets: {} }
  const intent = intend(change, before)
  switch (intent.kind) {
    case 'create':
      return intent.draft.attributes['a'] ?? []
    case 'modify':
      return intent.writes.attributes.find(({ attribute }) => attribute === 'a')?.after ?? before?.attributes['a'] ?? []
    case 'noop':
      return before?.attributes['a'] ?? []
    case 'delete':
      return assert.fail('nothing is deleted here')
  }
}

test('every row on what a value means for an account comes true', async () => {
  await using engine = await openRuleEngine({ log: pino({ level: 'silent' }), size: 1 })
  const rows = [...page.matchAll(/^\| `(?<rule>\{ value: .+\})` \| `(?<given>\[.*\])` \| (?<has>.+) \| (?<gets>.+) \|$/gm)]
  const json = (cell: string) => JSON.parse(cell.replace(/^`|`$/g, '')) as string[]

  for (const [row, rule = '', given = '', has = '', gets = ''] of rows) {
    const document = { name: 'page', targets: { t: { correlate: { id: "'1'" }, attributes: { a: parse(rule) as unknown } } } }
    const ruleSet = { ...parseRuleSet(JSON.stringify(document), { file: 'page' }), version: 1 }
    const isNew = has === 'no account'
    const before = isNew ? null : { nativeId: 'n', label: 'n', enabled: true, attributes: { a: json(has) }, memberships: [] }
    const input = { kind: 'update', source: 's', externalId: 'e', secrets: [] } as const
    const found = await engine
      .plan(ruleSet, { ...input, attributes: { v: json(given) }, accounts: isNew ? [] : ['t'] }, { reserve: async () => null })
      .then(({ steps }) => (steps[0] === undefined ? [] : after(steps[0], before)))
      .catch((error: Error) => error.message)

    if (typeof found === 'string')
      assert.ok(gets.startsWith('error: ') && found.includes(gets.slice('error: '.length)), `${row}: ${found}`)
    else assert.deepEqual(found, json(gets), row)
  }
  assert.ok(rows.length >= 12, `${rows.length} rows`)
})
