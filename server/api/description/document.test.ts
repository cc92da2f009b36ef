import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Validator } from '@seriousme/openapi-schema-validator'
import { gatewayCodes } from '#core/errors.ts'
import { Filter } from '../requests.ts'
import { statuses } from '../problem.ts'
import { openApiDocument } from './document.ts'
import { operations } from './operations.ts'

test('the description is valid OpenAPI 3.1, and every reference in it leads somewhere', async () => {
  const validator = new Validator()

  const result = await validator.validate({ ...openApiDocument() })
  const { schemas } = openApiDocument().components
  const references = [...JSON.stringify(openApiDocument()).matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)]

  assert.deepEqual([result.valid, result.errors], [true, undefined])
  assert.equal(validator.version, '3.1')
  assert.deepEqual(
    references.map(([, name]) => name ?? '').filter((name) => !(name in schemas)),
    [],
  )
})

test('the list’s filters are described as the route reads them', () => {
  const list = openApiDocument().paths['/api/v1/requests']?.get

  assert.deepEqual(list?.parameters.map(({ name }) => name).sort(), Object.keys(Filter.entries).sort())
})

test('every code of the gateway has a status, and an operation that may answer with it', () => {
  const described = new Set(operations.flatMap(({ errors }) => errors))

  assert.deepEqual(
    gatewayCodes.filter((code) => !described.has(code) || !(code in statuses)),
    [],
  )
})

test('whoever needs no credentials is told so, and the others how to show them', () => {
  const { paths } = openApiDocument()

  assert.deepEqual(paths['/api/v1/session']?.post?.security, [{}])
  assert.deepEqual(paths['/api/v1/requests']?.post?.security, [{ apiKey: [] }, { basic: [] }])
  assert.deepEqual(paths['/api/v1/targets']?.get?.security, [{ cookie: [] }])
})
