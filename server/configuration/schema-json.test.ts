import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { parse } from 'yaml'
import { configurationJsonSchema } from './schema-json.ts'

const accepts = new Ajv2020({ allErrors: true, strict: false }).compile(JSON.parse(configurationJsonSchema()) as object)
const shipped = () => parse(readFileSync(join(import.meta.dirname, 'default.yaml'), 'utf8')) as Shipped

interface Shipped {
  readonly sources: object
  readonly targets: Readonly<Record<string, { readonly connector: string; readonly config: object }>>
}

test('editors find nothing to say about the configuration that is shipped', () => {
  assert.ok(accepts(shipped()), JSON.stringify(accepts.errors))
})

test('a target’s settings are those of its connector', () => {
  const { directory } = shipped().targets

  assert.ok(accepts({ targets: { a: directory } }))
  assert.ok(!accepts({ targets: { a: { ...directory, connector: 'ldap' } } }))
  assert.ok(!accepts({ targets: { a: { ...directory, connector: 'unheard-of' } } }))
  assert.ok(!accepts({ targets: { a: { ...directory, config: { ...directory?.config, tabel: 'x' } } } }))
})

test('a variable may stand where a text has a form of its own, and a text of another form may not', () => {
  const { directory } = shipped().targets
  const withUrl = (url: string) => ({ targets: { a: { ...directory, config: { ...directory?.config, url } } } })

  assert.ok(accepts(withUrl('${HR_DATABASE_URL}')))
  assert.ok(accepts(withUrl('postgres://gateway:${HR_PASSWORD}@db.corp.example/hr')))
  assert.ok(!accepts(withUrl('oracle://db.corp.example')))
})
