import assert from 'node:assert/strict'
import { test } from 'node:test'
import jsonata from 'jsonata'
import { compileRegex, LinearRegex } from './regex.ts'

const RegexEngine = LinearRegex as unknown as RegExpConstructor
const data = { text: 'Zoé Müller, +33 (0)1 23 45 67 89; O’Connor\nDe La Tour 😀 x', empty: '' }

const expressions = [
  '$match(text, /[A-Z][a-z]+/)',
  '$match(text, /(\\d{2}) (\\d{2})/)',
  '$match(text, /nothing/)',
  '$match(text, /zoé/i).match',
  '$match(text, /^De/m).index',
  '$match(text, /😀 (x)/)',
  '$match(text, /(a)|(Z)/)',
  '$replace(text, /[^0-9+]/, "")',
  '$replace(text, /(\\w+) (\\w+)/, "$2 $1")',
  '$replace(text, /l+/, function($m) { $uppercase($m.match) })',
  '$split(text, /[ ,;\\n]+/)',
  '$contains(text, /Tour/)',
  '$contains(empty, /./)',
]

for (const source of expressions) {
  test(`RE2 answers as JavaScript does: ${source}`, async () => {
    const ours = await jsonata(source, { RegexEngine }).evaluate(data)
    const theirs = await jsonata(source).evaluate(data)

    assert.deepEqual(JSON.parse(JSON.stringify([ours])), JSON.parse(JSON.stringify([theirs])))
  })
}

test('what would need backtracking is refused when it is compiled', () => {
  for (const pattern of [/(?=a)b/, /(?<!a)b/, /(a)\1/]) assert.throws(() => compileRegex(pattern))
})

test('matching time grows with the text, not with its powers', () => {
  const regex = new LinearRegex(/^(a|aa)+$/)
  const begin = process.hrtime.bigint()

  const match = regex.exec(`${'a'.repeat(50_000)}!`)

  assert.equal(match, null)
  assert.ok(process.hrtime.bigint() - begin < 1_000_000_000n)
})
