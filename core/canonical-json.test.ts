import assert from 'node:assert/strict'
import { test } from 'node:test'
import { canonicalJson } from './canonical-json.ts'

test('the sample of RFC 8785 §3.2 comes out as the RFC prints it', () => {
  const sample = {
    numbers: [333333333.33333329, 1e30, 4.5, 2e-3, 0.000000000000000000000000001],
    string: "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\u0022\u002f",
    literals: [null, true, false],
  }

  const text = canonicalJson(sample)

  assert.equal(
    text,
    '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],' +
      '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
  )
})

test('keys are sorted by UTF-16 code units, so an emoji stands before a letter of the last plane block', () => {
  const text = canonicalJson({ '\u20ac': 1, '\r': 2, '\ufb33': 3, '1': 4, '\ud83d\ude00': 5, '\u0080': 6, ö: 7 })

  assert.equal(text, '{"\\r":2,"1":4,"\u0080":6,"ö":7,"€":1,"😀":5,"\ufb33":3}')
})

test('the order in which keys were written does not matter, at any depth', () => {
  assert.equal(
    canonicalJson({ a: { x: 1, y: [{ p: 1, q: 2 }] }, b: 2 }),
    canonicalJson({ b: 2, a: { y: [{ q: 2, p: 1 }], x: 1 } }),
  )
})

test('a member without a value is as good as absent, and minus zero is zero', () => {
  assert.equal(canonicalJson({ a: undefined, b: -0 }), '{"b":0}')
})

test('what JSON cannot say is refused', () => {
  for (const value of [Number.NaN, Infinity, 1n, () => 1, Symbol('s'), undefined, [undefined], 'a\ud800', { '\udc00': 1 }]) {
    assert.throws(() => canonicalJson(value), TypeError)
  }
})
