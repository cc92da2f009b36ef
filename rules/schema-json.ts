/**
 * The JSON Schema of rule sets, for editors: completion and underlining while typing, before the gateway ever sees the file. Made from
 * the same valibot schema that reads them. `node rules/schema-json.ts` writes `rule-set.schema.json` anew.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { toJsonSchema } from '@valibot/to-json-schema'
import { RuleSetDocument } from './schema.ts'

export const schemaFile = join(import.meta.dirname, 'rule-set.schema.json')

/** The text of the schema file, ending in a line feed. */
export function ruleSetJsonSchema(): string {
  // Checks that are code, such as "at least one target", have no form in JSON Schema; the gateway still makes them.
  const schema = toJsonSchema(RuleSetDocument, { errorMode: 'ignore', typeMode: 'input', target: 'draft-2020-12' })
  return `${JSON.stringify({ ...schema, title: 'Passerelle rule set' }, null, 2)}\n`
}

if (import.meta.main) writeFileSync(schemaFile, ruleSetJsonSchema())
