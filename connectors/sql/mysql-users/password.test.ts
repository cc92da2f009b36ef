import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isSha2Of, nobody, toSha2 } from './password.ts'

/** What MySQL 9.7 made of that password. */
const made = Buffer.from(
  '2441243030412448675C3E69443E486C185A2D3D41331236496E3A414242727435623254362E396473684935575847476C6278764E464A346E5364585444442F466E74466B35',
  'hex',
).toString()

test('a hash that the server made is known again, and no other password is taken for it', async () => {
  assert.equal(await isSha2Of(made, 'Pass-é-1'), true)
  assert.equal(await isSha2Of(made, 'Pass-e-1'), false)
})

test('a hash has the form of the server’s and a salt of its own, and is of its password alone', async () => {
  const [one, other] = [await toSha2('First-pass-1!'), await toSha2('First-pass-1!')]

  assert.match(one, /^\$A\$00A\$[./0-9A-Za-z]{63}$/)
  assert.notEqual(one, other)
  assert.equal(await isSha2Of(one, 'First-pass-1!'), true)
  assert.equal(await isSha2Of(one, 'First-pass-1'), false)
})

test('nobody is let in by the hash of nobody, and what has another form tells nothing', async () => {
  assert.equal(nobody.length, made.length)
  assert.equal(await isSha2Of(nobody, ''), false)
  assert.equal(await isSha2Of('*0123', 'x'), null)
})

test('a password that is empty, or longer than the server takes at login, is refused', async () => {
  for (const password of ['', 'é'.repeat(129)]) await assert.rejects(toSha2(password), { code: 'invalid', sent: 'no' })
})

test('others go on working while a server’s hash of many rounds is worked out', async () => {
  const many = made.replace('$A$00A$', '$A$064$')
  let turns = 0
  const others = setInterval(() => (turns += 1), 1)

  const proved = await isSha2Of(many, 'Pass-é-1')
  clearInterval(others)

  assert.equal(proved, false)
  assert.ok(turns >= 5, `only ${turns} times`)
})
