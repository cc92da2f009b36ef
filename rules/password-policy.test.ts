import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { FunctionProblem } from './functions/arguments.ts'
import { password } from './functions/password.ts'
import { characterClasses, makePassword, readSecretName, toSecretName } from './password-policy.ts'

test('a secret’s name says what is asked of it, and is read back as it was written', () => {
  const policies = fc.record({
    name: fc.stringMatching(/^[a-z0-9-]{1,32}$/),
    length: fc.integer({ min: 8, max: 128 }),
    classes: fc.subarray([...characterClasses], { minLength: 1 }),
    ambiguous: fc.boolean(),
  })

  fc.assert(fc.property(policies, (policy) => assert.deepEqual(readSecretName(toSecretName(policy)), { ...policy })))
  assert.equal(readSecretName('password'), null)
})

test('a password has its length, a character of every class, and none that people mistake for another', () => {
  for (let count = 0; count < 500; count++) {
    const made = makePassword({ name: 'x', length: 8, classes: characterClasses, ambiguous: false }, randomInt)

    assert.match(made, /^(?=.*[a-z])(?=.*[A-Z])(?=.*[0-9])(?=.*[!#%*+\-=?@_])[^Il1O0o]{8}$/)
  }
})

test('two passwords differ, and every place may hold any class', () => {
  const policy = { name: 'x', length: 8, classes: characterClasses, ambiguous: true }
  const made = Array.from({ length: 500 }, () => makePassword(policy, randomInt))

  assert.equal(new Set(made).size, 500)
  assert.ok(made.some((text) => /^\d/.test(text)) && made.some((text) => /^[a-z]/.test(text)))
})

test('$password gives the name of a secret, by a length, by options, or by nothing', () => {
  assert.deepEqual(
    [undefined, 16, { length: 12, classes: ['digit', 'lower'], name: 'erp', ambiguous: true }].map(
      (policy) => password(policy).$secret,
    ),
    [
      'generated:initial:20:lower+upper+digit+symbol',
      'generated:initial:16:lower+upper+digit+symbol',
      'generated:erp:12:lower+digit:ambiguous',
    ],
  )
})

test('a policy that cannot be is refused, and says what is known', () => {
  const refusals: readonly (readonly [unknown, RegExp])[] = [
    [7, /from 8 to 128/],
    [{ lenght: 12 }, /did you mean length\?/],
    [{ classes: ['letters'] }, /"lower", "upper", "digit", "symbol"/],
    [{ classes: [] }, /"lower"/],
    [{ ambiguous: 'yes' }, /true or false/],
    [{ name: 'Not a name' }, /lower-case/],
    ['16', /an object of options/],
  ]

  for (const [policy, says] of refusals) assert.throws(() => password(policy), says)
  assert.throws(() => JSON.stringify(password(undefined)), FunctionProblem)
})
