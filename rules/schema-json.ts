/**
 * The JSON Schemas of rule sets, of their cases and of lookup tables, for editors: completion and underlining while typing, before the gateway ever sees
 * the file. Made from the same valibot schemas that read them. `node rules/schema-json.ts` writes them anew.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { toJsonSchema } from '@valibot/to-json-schema'
import type * as v from 'valibot'
import { CasesDocument } from './cases/document.ts'
import { LookupDocument } from './lookups/document.ts'
import { RuleSetDocument } from './schema.ts'

interface SchemaFile {
  readonly file: string
  /** The text of the file, ending in a line feed. */
  readonly text: string
}

export function ruleSchemas(): readonly SchemaFile[] {
  return [
    toFile('rule-set.schema.json', 'Passerelle rule set', RuleSetDocument),
    toFile('cases.schema.json', 'Cases of a Passerelle rule set', CasesDocument),
    toFile('lookup.schema.json', 'Passerelle lookup table', LookupDocument),
  ]
}

function toFile(name: string, title: string, document: v.GenericSchema): SchemaFile {
  // Checks that are code, such as "at least one target", have no form in JSON Schema; the gateway still makes them.
  const schema = toJsonSchema(document, { errorMode: 'ignore', typeMode: 'input', target: 'draft-2020-12' })
  return { file: join(import.meta.dirname, name), text: `${JSON.stringify({ ...schema, title }, null, 2)}\n` }
}

if (import.meta.main) for (const { file, text } of ruleSchemas()) writeFileSync(file, text)
