import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dnEscape } from './dn-escape.ts'

test('what means something in a name is said to mean itself', () => {
  const values = ['Dupont, Zoé', 'a+b', 'say "hi"', 'back\\slash', '<a;b>', 'x=y', '#5', ' both ', ' ', '  ', 'a # b', 'nul\0']

  assert.deepEqual(values.map(dnEscape), [
    String.raw`Dupont\, Zoé`,
    String.raw`a\+b`,
    String.raw`say \"hi\"`,
    String.raw`back\\slash`,
    String.raw`\<a\;b\>`,
    String.raw`x\=y`,
    String.raw`\#5`,
    String.raw`\ both\ `,
    String.raw`\ `,
    String.raw`\ \ `,
    'a # b',
    String.raw`nul\00`,
  ])
})

test('no value is no value, a list is refused', () => {
  assert.equal(dnEscape(undefined), undefined)
  assert.throws(() => dnEscape(['a']), /\$dnEscape expects a text as argument 1, found a list/)
})
