import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { parse } from 'yaml'
import { ruleSchemas } from './schema-json.ts'

const read = (name: string) => parse(readFileSync(join(import.meta.dirname, name), 'utf8')) as unknown

test('the published JSON Schemas are those of today’s code: run `node rules/schema-json.ts` after a change', () => {
  for (const { file, text } of ruleSchemas()) assert.deepEqual(JSON.parse(readFileSync(file, 'utf8')), JSON.parse(text), file)
})

test('an editor that knows the schemas finds no fault with what is shipped, and finds a slip of the keyboard', () => {
  const [rules, cases] = ruleSchemas().map(({ text }) => new Ajv2020({ strict: false }).compile(JSON.parse(text) as object))

  for (const name of ['default', 'enterprise']) {
    assert.equal(rules?.(read(`${name}.yaml`)), true, JSON.stringify(rules?.errors))
    assert.equal(cases?.(read(`${name}.cases.yaml`)), true, JSON.stringify(cases?.errors))
  }
  assert.equal(rules?.(read('example.json')), true, JSON.stringify(rules?.errors))
  assert.equal(cases?.(read('example.cases.json')), true, JSON.stringify(cases?.errors))
  assert.equal(rules?.({ name: 'x', targets: { t: { correlate: { a: 'a' }, atributes: {} } } }), false)
})
