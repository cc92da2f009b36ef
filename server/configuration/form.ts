/**
 * A connector's configuration as a form: its schema is the validation and says, in both languages, what each setting is. What has no form of
 * its own (a value of any kind, a template) is written as YAML.
 */
import { toJsonSchema } from '@valibot/to-json-schema'
import type { Connector, Text } from '#connectors/kit/connector.ts'
import type { Condition } from '#connectors/kit/form.ts'
import type { ConnectorKind, FormField, FormLimits } from '../api/target-types.ts'
import { toCapabilities } from './capabilities.ts'

/** What of JSON Schema Valibot makes of our schemas. */
interface Node {
  readonly type?: string
  readonly title?: string
  readonly description?: string
  readonly fr?: { readonly title?: string; readonly description?: string }
  readonly secret?: boolean
  readonly when?: Condition
  readonly default?: unknown
  readonly const?: string | number | boolean
  readonly enum?: readonly (string | number)[]
  readonly anyOf?: readonly Node[]
  readonly oneOf?: readonly Node[]
  readonly properties?: Readonly<Record<string, Node>>
  readonly required?: readonly string[]
  readonly additionalProperties?: Node | boolean
  readonly items?: Node
  readonly minimum?: number
  readonly maximum?: number
  readonly minLength?: number
  readonly maxLength?: number
  readonly pattern?: string
}

export function toConnectorKind({ id, title, config, capabilities }: Connector): ConnectorKind {
  return { id, title, fields: fieldsOf(config), ...toCapabilities(capabilities) }
}

export function fieldsOf(config: Connector['config']): readonly FormField[] {
  return toFields(toJsonSchema(config, { errorMode: 'ignore', typeMode: 'input' }) as Node)
}

function toFields({ properties = {}, required = [] }: Node): readonly FormField[] {
  return Object.entries(properties).map(([name, node]) => toField(name, node, required.includes(name)))
}

function toField(name: string, given: Node, isRequired: boolean): FormField {
  const [node, isNullable] = withoutNull(given)
  const fallback = given.default ?? null
  return {
    name,
    label: { en: node.title ?? name, fr: node.fr?.title ?? name },
    help: helpOf(node),
    required: isRequired,
    nullable: isNullable,
    secret: node.secret === true,
    default: fallback,
    limits: limitsOf(node),
    when: node.when ?? null,
    ...shapeOf(node),
  }
}

/** What is a value or null, with the words that stand at either. */
function withoutNull(node: Node): readonly [Node, boolean] {
  const values = node.anyOf?.filter(({ type }) => type !== 'null') ?? []
  const [only] = values
  if (node.anyOf === undefined || only === undefined || values.length === node.anyOf.length) return [node, false]
  const { anyOf: _, ...outer } = node
  return values.length === 1 ? [{ ...only, ...outer }, true] : [{ ...outer, anyOf: values }, true]
}

type Shape = Pick<FormField, 'type' | 'values' | 'fields' | 'item' | 'variants'>
const plain = { values: null, fields: null, item: null, variants: null } as const

function shapeOf(node: Node): Shape {
  if (node.enum !== undefined) return { ...plain, type: 'choice', values: node.enum.map(String) }
  if (node.const !== undefined) return { ...plain, type: 'choice', values: [String(node.const)] }
  if (node.oneOf !== undefined)
    return { ...plain, type: 'variants', variants: node.oneOf.map((one) => ({ label: labelOf(one), fields: toFields(one) })) }
  switch (node.type) {
    case 'string':
      return { ...plain, type: 'text' }
    case 'integer':
      return { ...plain, type: 'whole' }
    case 'number':
      return { ...plain, type: 'number' }
    case 'boolean':
      return { ...plain, type: 'boolean' }
    case 'array':
      return { ...plain, type: 'list', item: toField('', node.items ?? {}, true) }
    case 'object':
      return node.properties === undefined ? { ...plain, type: 'map' } : { ...plain, type: 'group', fields: toFields(node) }
    default:
      return { ...plain, type: 'any' }
  }
}

function labelOf({ title, fr, properties = {} }: Node): Text {
  const constant = Object.values(properties).find((property) => property.const !== undefined)?.const
  const fallback = String(constant ?? '')
  return { en: title ?? fallback, fr: fr?.title ?? title ?? fallback }
}

function helpOf({ description, fr }: Node): Text | null {
  return description === undefined ? null : { en: description, fr: fr?.description ?? description }
}

function limitsOf({ minimum, maximum, minLength, maxLength, pattern }: Node): FormLimits {
  return {
    min: minimum ?? null,
    max: maximum ?? null,
    minLength: minLength ?? null,
    maxLength: maxLength ?? null,
    pattern: pattern ?? null,
  }
}
