import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { ruleSetJsonSchema, schemaFile } from './schema-json.ts'

test('the published JSON Schema is the one of today’s code: run `node rules/schema-json.ts` after a change', () => {
  assert.deepEqual(JSON.parse(readFileSync(schemaFile, 'utf8')), JSON.parse(ruleSetJsonSchema()))
})
