import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as v from 'valibot'
import { RestConfig } from './config.ts'
import { at, toAccount } from './mapping.ts'

const operation = { method: 'GET', path: '/people/{{id}}' }
const good = {
  url: 'https://api.example.org',
  login: 'none',
  account: { attributes: { login: '/login' } },
  operations: { get: operation, lookup: { method: 'GET', path: '/people', query: { login: '{{correlate.login}}' } } },
}

const problems = (more: Record<string, unknown>) =>
  v.safeParse(RestConfig, { ...good, ...more }).issues?.map(({ message }) => message) ?? []

test('a description that could not work is refused with what it lacks', () => {
  const { get, lookup } = good.operations
  const enabled = { at: '/state', whenEnabled: 'on', whenDisabled: 'off' }

  assert.deepEqual(problems({}), [])
  assert.match(problems({ url: 'http://api.example.org' }).join(), /https/)
  assert.deepEqual(problems({ url: 'http://api.example.org', allowClearText: true }), [])
  assert.match(problems({ login: 'header', token: 'x' }).join(), /tokenHeader/)
  assert.match(problems({ account: { ...good.account, enabled } }).join(), /enable and disable/)
  assert.match(problems({ account: { ...good.account, memberships: { at: '/teams' } } }).join(), /addMembership/)
  assert.match(problems({ operations: { get, enable: operation } }).join(), /cannot be told to enable/)
  assert.match(problems({ operations: { get: { ...operation, path: '/{{secrets}}' }, lookup } }).join(), /template speaks of/i)
  assert.match(problems({ operations: { get: { ...operation, path: 'people' }, lookup } }).join(), /begins with/)
  assert.match(problems({ allowNetworks: ['localhost'] }).join(), /no address/)
})

test('pointers see what a value itself holds, and nothing it inherits', () => {
  const json = { a: { 'b/c': [{ '~': 1 }] }, list: ['x'] }

  assert.deepEqual([at(json, ''), at(json, '/a/b~1c/0/~0'), at(json, '/list/0')], [json, 1, 'x'])
  for (const pointer of ['/constructor', '/a/__proto__', '/list/length/x', '/none/deep'])
    assert.equal(at(json, pointer), undefined)
})

test('an account whose state says nothing is enabled; one without an id is no account', () => {
  const config = {
    account: v.parse(RestConfig, {
      ...good,
      account: {
        ...good.account,
        enabled: { at: '/locked', whenEnabled: false, whenDisabled: true },
      },
      operations: { ...good.operations, enable: operation, disable: operation },
    }).account,
  }
  const account = (json: object) => toAccount(config, json)

  assert.deepEqual([account({ id: 1 }).enabled, account({ id: 1, locked: 'true' }).enabled], [true, false])
  assert.equal(account({ id: 0, login: 'x' }).nativeId, '0')
  assert.throws(() => account({ login: 'x' }), { code: 'config' })
})
