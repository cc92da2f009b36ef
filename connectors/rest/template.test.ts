import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mentions, renderJson, renderPath, renderText, templateProblem, type Context } from './template.ts'

const context: Context = {
  id: '7',
  enabled: false,
  secret: 's3cret',
  group: 'a/b',
  groups: ['staff', 'admins'],
  page: 0,
  attributes: { login: ['{{secret}}'], mails: ['a@x', 'b@x'], quote: ['","admin":true,"x":"'], 'name.first': ['Ada'], size: [3] },
}

test('a value is one step of a path, however it is written', () => {
  assert.equal(renderPath('/people/{{id}}/teams/{{ group }}', context), '/people/7/teams/a%2Fb')
  assert.throws(() => renderPath('/people/{{id}}', { id: '..' }), { code: 'invalid', sent: 'no' })
  assert.throws(() => renderPath('/people/{{id}}', {}), { code: 'invalid', at: 'id' })
})

test('a value is never read as a template or as syntax', () => {
  assert.deepEqual(renderJson({ login: '{{attributes.login}}', note: 'x {{attributes.quote}}' }, context), {
    login: '{{secret}}',
    note: 'x ","admin":true,"x":"',
  })
  assert.equal(renderText('{{attributes.login}}', context), '{{secret}}')
})

test('values keep their types, several are a list, and what has no value is left out', () => {
  const body = {
    ...{ size: '{{attributes.size}}', active: '{{enabled}}', mails: '{{attributes.mails[]}}', none: '{{attributes.none}}' },
    nested: { first: '{{attributes.name.first}}', gone: { deep: '{{attributes.none}}' } },
    ...{ fixed: 1, teams: '{{groups[]}}', empty: '{{attributes.none[]}}' },
  }

  assert.deepEqual(renderJson(body, context), {
    ...{ size: 3, active: false, mails: ['a@x', 'b@x'], nested: { first: 'Ada' } },
    ...{ fixed: 1, teams: ['staff', 'admins'], empty: [] },
  })
})

test('an update in part says what changes, and null for what is cleared', () => {
  const body = { login: '{{attributes.login}}', title: '{{attributes.title}}', size: '{{attributes.size}}', by: 'gateway' }

  assert.deepEqual(renderJson(body, { ...context, changed: new Set(['title', 'size']) }), { title: null, size: 3, by: 'gateway' })
})

test('a parameter or a header without its value would ask for something else', () => {
  assert.equal(renderText('login:{{attributes.name.first}} page {{page}}', context), 'login:Ada page 0')
  assert.throws(() => renderText('{{correlate.login}}', context), { code: 'invalid', at: 'correlate.login' })
})

test('what templates do not know is a problem of the configuration', () => {
  for (const good of ['', 'plain', '{{id}}', '{{ attributes.a b }}', '{{attributes.mails[]}}', '{{correlate.x}}', '{ "a": 1 }'])
    assert.equal(templateProblem(good), null, good)
  for (const bad of ['{{process}}', '{{attributes}}', '{{id.x}}', '{{id', 'id}}', '{{}}', '{{attributes.constructor()}} }}'])
    assert.notEqual(templateProblem(bad), null, bad)
  assert.equal(mentions({ a: ['x', { b: '{{secret}}' }] }, 'secret'), true)
  assert.equal(mentions({ a: 'secret' }, 'secret'), false)
})
