import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as v from 'valibot'
import { OdooConfig } from './config.ts'

const settings = { url: 'https://erp.example.org', database: 'erp', apiKey: 'key' }

test('a call of Odoo has a minute or more: who gives up while Odoo still tries has only lost sight of it', () => {
  const short = v.safeParse(OdooConfig, { ...settings, timeoutMs: 59_999 })
  const [issue] = short.issues ?? []

  assert.equal(v.parse(OdooConfig, settings).timeoutMs, 60_000)
  assert.equal(v.parse(OdooConfig, { ...settings, timeoutMs: 90_000 }).timeoutMs, 90_000)
  assert.equal(short.success, false)
  assert.equal(issue === undefined ? null : v.getDotPath(issue), 'timeoutMs')
  assert.deepEqual([issue?.type, issue?.requirement], ['min_value', 60_000])
})
