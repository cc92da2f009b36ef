import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isExpression, placeAt } from './place.ts'

const document = `name: default
identity:
  login: $unique(a)   # a comment
  mail: |
    $exists(x)
      ? x : login§1

targets:
  directory:
    when: type = 'a'
    correlate: { uid: identity.login§2 }
    attributes:
      mail: identity.ma§3
      phone: { value: $phone(phone, 'FR'), onNull: ke§4, stren§5
      title:
        value: ti§6
    memberships: >-
      ['everyone', §7]
    onF§8
approvals:
  - name: x
    when: plan.§9
    rol§A
  - when: y§B
na§C`

/** The place of a mark; marks after it are not there yet. */
function at(mark: string) {
  const [before = ''] = document.split(`§${mark}`)
  return placeAt(before.replaceAll(/§./g, ''))
}

test('an expression is known in every form in which it can be written', () => {
  const paths = Object.fromEntries(['1', '2', '3', '6', '7', '9', 'B'].map((mark) => [mark, at(mark).path.join('.')]))

  assert.deepEqual(paths, {
    1: 'identity.mail',
    2: 'targets.directory.correlate.uid',
    3: 'targets.directory.attributes.mail',
    6: 'targets.directory.attributes.title.value',
    7: 'targets.directory.memberships',
    9: 'approvals.*.when',
    B: 'approvals.*.when',
  })
  assert.ok(['1', '2', '3', '6', '7', '9', 'B'].every((mark) => at(mark).kind === 'value' && isExpression(at(mark).path)))
})

test('a key is told from a value, and a word of a closed list from an expression', () => {
  assert.deepEqual(at('4'), { path: ['targets', 'directory', 'attributes', 'phone', 'onNull'], kind: 'value' })
  assert.equal(isExpression(at('4').path), false)
  assert.deepEqual(at('5'), { path: ['targets', 'directory', 'attributes', 'phone'], kind: 'key' })
  assert.deepEqual(at('8'), { path: ['targets', 'directory'], kind: 'key' })
  assert.deepEqual(at('A'), { path: ['approvals', '*'], kind: 'key' })
  assert.deepEqual(at('C'), { path: [], kind: 'key' })
})

test('an empty document, and a line without anything, have a place', () => {
  assert.deepEqual(placeAt(''), { path: [], kind: 'key' })
  assert.deepEqual(placeAt('identity:\n  '), { path: ['identity'], kind: 'key' })
})
