/** The dashboard makes its forms from the connectors' configurations, in the language of whoever reads them. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toJsonSchema } from '@valibot/to-json-schema'
import { connectors } from './index.ts'

interface Node {
  readonly when?: { readonly field: string; readonly values: readonly string[] }
  readonly enum?: readonly string[]
  readonly required?: readonly string[]
  readonly title?: string
  readonly description?: string
  readonly fr?: { readonly title?: string; readonly description?: string }
  readonly properties?: Readonly<Record<string, Node>>
}

test('every setting that has a title has it in French too, and help where there is help', () => {
  for (const { id, config } of Object.values(connectors)) {
    const schema = toJsonSchema(config, { errorMode: 'ignore', typeMode: 'input' })
    for (const [path, node] of nodesOf(schema)) {
      const where = `${id}: ${path}`
      if (node.title === undefined) continue
      assert.ok(node.fr?.title !== undefined, `${where} has a title in French`)
      assert.equal(node.fr.description === undefined, node.description === undefined, `${where} has its help in French`)
    }
  }
})

test('every setting at the top of a connector has a title', () => {
  for (const { id, config } of Object.values(connectors)) {
    const { properties = {} } = toJsonSchema(config, { errorMode: 'ignore', typeMode: 'input' }) as Node
    for (const [name, property] of Object.entries(properties))
      assert.ok(
        [...nodesOf(property)].some(([, node]) => node.title !== undefined),
        `${id}: ${name}`,
      )
  }
})

test('a setting that counts only while another one has a value names one that stands beside it, and may be left out', () => {
  const found: string[] = []
  for (const { id, config } of Object.values(connectors))
    for (const [path, { properties = {}, required = [] }] of nodesOf(
      toJsonSchema(config, { errorMode: 'ignore', typeMode: 'input' }),
    ))
      for (const [name, { when }] of Object.entries(properties)) {
        if (when === undefined) continue
        found.push(`${id} ${name}`)
        const values = properties[when.field]?.enum ?? []
        assert.ok(when.values.length > 0 && when.values.every((value) => values.includes(value)), `${id}: ${path}/${name}`)
        assert.ok(!required.includes(name), `${id}: ${path}/${name} may be left out`)
      }

  assert.ok(
    ['sql table', 'sql accounts', 'scim token', 'odoo login'].every((one) => found.includes(one)),
    found.join(', '),
  )
})

function* nodesOf(value: unknown, path = ''): Iterable<readonly [string, Node]> {
  if (typeof value !== 'object' || value === null) return
  if (!Array.isArray(value)) yield [path, value]
  for (const [name, part] of Object.entries(value)) if (name !== 'fr') yield* nodesOf(part, `${path}/${name}`)
}
