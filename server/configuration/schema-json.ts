/**
 * The JSON Schema of the configuration, for editors: completion and underlining while typing, with the settings of each connector
 * where they belong. Made from the schemas that read the file. `node server/configuration/schema-json.ts` writes it anew.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { toJsonSchema, type JsonSchema } from '@valibot/to-json-schema'
import type * as v from 'valibot'
import { connectors } from '#connectors/index.ts'
import type { Connector } from '#connectors/kit/connector.ts'
import { Configuration, TargetConfig } from './schema.ts'

export const schemaFile = join(import.meta.dirname, 'configuration.schema.json')

/** The text of the schema file, ending in a line feed. */
export function configurationJsonSchema(): string {
  const whole = convert(Configuration)
  const { title: _, ...target } = convert(TargetConfig)
  const targets = whole.properties?.targets as JsonSchema
  const schema = {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Passerelle configuration',
    ...whole,
    properties: {
      ...whole.properties,
      targets: {
        ...targets,
        additionalProperties: { oneOf: Object.values(connectors).map((connector) => targetOf(connector, target)) },
      },
    },
    $defs: Object.fromEntries(Object.values(connectors).map(({ id, config }) => [id, within(`#/$defs/${id}`, convert(config))])),
  }
  return `${JSON.stringify(schema, null, 2)}\n`
}

/** The same schema somewhere in another document: what it refers to (a schema that holds itself) is found from there. */
function within(place: string, schema: JsonSchema): JsonSchema {
  return JSON.parse(JSON.stringify(schema).replaceAll('"$ref":"#/', `"$ref":"${place}/`)) as JsonSchema
}

/** A target of one connector: the word under `connector` decides what may stand under `config`. */
function targetOf({ id, title }: Connector, target: JsonSchema): JsonSchema {
  return {
    ...target,
    title: title.en,
    properties: {
      ...target.properties,
      connector: { const: id, description: title.en },
      config: { $ref: `#/$defs/${id}` },
    },
  }
}

function convert(schema: v.GenericSchema): JsonSchema {
  // Checks that are code, such as "url, or host and database", have no form in JSON Schema; the gateway still makes them.
  const { $schema: _, ...converted } = toJsonSchema(schema, { errorMode: 'ignore', typeMode: 'input', target: 'draft-2020-12' })
  return withVariables(converted)
}

const constraints = ['pattern', 'minLength', 'maxLength', 'enum', 'format'] as const
const annotations = ['title', 'description', 'default', 'examples', 'secret'] as const

/** Variables are filled in before the file is validated, so `${NAME}` may stand wherever a text has a form of its own. */
function withVariables(schema: JsonSchema): JsonSchema {
  if (schema.type === 'string' && constraints.some((name) => name in schema)) {
    const notes = Object.entries(schema).filter(([name]) => (annotations as readonly string[]).includes(name))
    const form = Object.entries(schema).filter(([name]) => !(annotations as readonly string[]).includes(name))
    const variable = { type: 'string', pattern: String.raw`\$\{[A-Za-z_][A-Za-z0-9_]*\}` }
    return { ...Object.fromEntries(notes), anyOf: [Object.fromEntries(form), variable] } as JsonSchema
  }
  const inside = Object.entries(schema).map(([name, value]) => [name, name === 'propertyNames' ? value : deeper(name, value)])
  return Object.fromEntries(inside) as JsonSchema
}

/** Applies `withVariables` to the schemas that a keyword holds, and leaves values (`default`, `const`, `enum`) alone. */
function deeper(keyword: string, value: unknown): unknown {
  if (keyword === 'properties')
    return Object.fromEntries(
      Object.entries(value as Record<string, JsonSchema>).map(([name, inner]) => [name, withVariables(inner)]),
    )
  if (['anyOf', 'oneOf', 'allOf', 'prefixItems'].includes(keyword)) return (value as readonly JsonSchema[]).map(withVariables)
  if (['items', 'additionalProperties', 'not'].includes(keyword) && typeof value === 'object')
    return withVariables(value as JsonSchema)
  return value
}

if (import.meta.main) writeFileSync(schemaFile, configurationJsonSchema())
