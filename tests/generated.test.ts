/** Files that are made from code, and copies that could not be avoided, must be what the code says today. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Sql } from '#core/database.ts'
import { ruleSchemas } from '#rules/schema-json.ts'
import { configurationJsonSchema, schemaFile as configurationSchemaFile } from '#server/configuration/schema-json.ts'
import { createDemoTables } from '#server/standalone/demo-tables.ts'

const root = join(import.meta.dirname, '..')

test('the JSON Schemas of rule sets, cases and lookup tables are those of the code: node rules/schema-json.ts writes them anew', () => {
  for (const { file, text } of ruleSchemas()) assert.deepEqual(JSON.parse(readFileSync(file, 'utf8')), JSON.parse(text), file)
})

test('the JSON Schema of the configuration is the one of the code: node server/configuration/schema-json.ts writes it anew', () => {
  assert.deepEqual(JSON.parse(readFileSync(configurationSchemaFile, 'utf8')), JSON.parse(configurationJsonSchema()))
})

test('the demonstration tables of docker-compose.yml are those of npm start', async () => {
  let statements = ''
  const onlyText = { unsafe: (text: string) => Promise.resolve(void (statements = text)) }

  await createDemoTables(onlyText as unknown as Sql)

  assert.equal(words(readFileSync(join(root, 'docs/deploy/demo-tables.sql'), 'utf8')), words(statements))
})

/** SQL without its comments and line breaks. */
function words(sql: string): string {
  return sql
    .replaceAll(/^\s*--.*$/gm, '')
    .replaceAll(/\s+/g, ' ')
    .replace(/;\s*$/, '')
    .trim()
}
