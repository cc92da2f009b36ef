import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createLocalCache } from '#core/cache.ts'
import type { HttpAnswer } from '#connectors/kit/http.ts'
import * as v from 'valibot'
import { createCalls } from './calls.ts'
import { OdooConfig } from './config.ts'
import { meaningOf } from './errors.ts'

const meaning = (status: number, name: string) =>
  meaningOf({ status, headers: {}, json: { name, message: 'jane is there already', debug: 'Traceback (most recent call last)' } })

test('Odoo’s exceptions become ours, by their class alone', () => {
  const meanings = [
    meaning(401, 'werkzeug.exceptions.Unauthorized'),
    meaning(403, 'odoo.exceptions.AccessError'),
    meaning(404, 'odoo.exceptions.MissingError'),
    meaning(404, 'werkzeug.exceptions.NotFound'),
    meaning(409, 'odoo.exceptions.LockError'),
    meaning(422, 'odoo.exceptions.ValidationError'),
    meaning(500, 'psycopg2.errors.SerializationFailure'),
    meaning(500, 'builtins.KeyError'),
  ]

  const codes = ['auth', 'denied', 'not_found', 'unsupported', 'transient', 'invalid', 'transient', 'invalid']
  assert.deepEqual(
    meanings.map((one) => one?.code),
    codes,
  )
  assert.doesNotMatch(JSON.stringify(meanings), /jane|Traceback/)
})

test('nothing at the address is a wrong setting, and not a user that is gone', () => {
  const page = meaningOf({ status: 404, headers: {}, json: undefined })
  const ofAProxy = meaningOf({ status: 502, headers: {}, json: undefined })

  assert.equal(page?.code, 'config')
  assert.equal(ofAProxy, null)
})

function callsThatAnswer(answer: Partial<HttpAnswer>) {
  const config = v.parse(OdooConfig, {
    ...{ url: 'https://erp.example.org', database: 'erp', protocol: 'json-rpc', login: 'gateway', apiKey: 'key' },
  })
  const uid = { status: 200, headers: {}, json: { result: 2 } }
  const client = { call: async ({ doing }: { doing: string }) => (doing === 'logging in' ? uid : { ...uid, ...answer }) }
  return createCalls({ config, client, cache: createLocalCache().forTarget('erp', 0), signal: AbortSignal.timeout(5_000) })
}

test('an answer by JSON-RPC that was cut leaves open what became of a write, and is no answer to a question', async () => {
  const { call } = callsThatAnswer({ json: undefined })
  const asked = { doing: 'changing the user', model: 'res.users', method: 'write' } as const

  await assert.rejects(call({ ...asked, effect: 'write' }), { code: 'unknown_outcome', sent: 'yes' })
  await assert.rejects(call({ ...asked, effect: 'read' }), { code: 'config' })
})

test('a failure that JSON-RPC tells without saying which is no success', async () => {
  const { call } = callsThatAnswer({ json: { error: { code: 100, message: 'secret' } } })

  await assert.rejects(call({ doing: 'changing the user', model: 'res.users', method: 'write', effect: 'write' }), {
    ...{ code: 'invalid', message: 'changing the user: Odoo failed on the call, and took back what it had done of it' },
  })
})
