import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { GatewayError } from '#core/errors.ts'
import { readJson } from './json-body.ts'

function refusalOf(text: string): GatewayError {
  try {
    readJson(text)
  } catch (error) {
    if (error instanceof GatewayError) return error
    throw error
  }
  return assert.fail(`it was read: ${text.slice(0, 60)}`)
}

const pattern = (...parts: readonly string[]) => new RegExp(parts.join('.*'), 's')

test('every JSON value is read as JSON.parse reads it', () => {
  const values = fc.jsonValue({ maxDepth: 8 }).filter((value) => !JSON.stringify(value).includes('\\u0000'))

  fc.assert(
    fc.property(values, fc.constantFrom(undefined, 2, '\t'), (value, indent) => {
      const text = JSON.stringify(value, null, indent)
      fc.pre(isReadable(text))

      assert.deepEqual(readJson(text), JSON.parse(text))
    }),
  )
})

/** What fast-check may draw although it is refused on purpose. */
function isReadable(text: string): boolean {
  const names = Object.getOwnPropertyNames(Object.prototype).map((name) => `"${name}":`)
  const compact = text.replaceAll(/:\s/g, ':')
  return (
    !names.some((name) => compact.includes(name)) &&
    !/\d{16}|e[+]\d/.test(text) &&
    text.isWellFormed() &&
    !/\\ud[89a-f]/i.test(text)
  )
}

test('what JSON.parse refuses is refused', () => {
  const pieces = fc.array(
    fc.constantFrom('{', '}', '[', ']', '"a"', ':', ',', '1', '-', '0', '.', 'e', 'null', 'tru', ' ', '\n', '"', '\\', '\t'),
    { maxLength: 8 },
  )

  fc.assert(
    fc.property(pieces, (parts) => {
      const text = parts.join('')
      const plain = attempt(() => JSON.parse(text))
      const strict = attempt(() => readJson(text))

      // Strict refuses more, never less.
      if (strict) assert.ok(plain, text)
      if (plain && !/"a".*"a"/s.test(text)) assert.ok(strict, text)
    }),
    { numRuns: 2000 },
  )
})

function attempt(read: () => unknown): boolean {
  try {
    read()
    return true
  } catch {
    return false
  }
}

test('a name twice in one object is refused at its line and column', () => {
  const refusal = refusalOf('{\n  "user": { "name": "a",\n    "name": "b" }\n}')

  assert.equal(refusal.code, 'bad_request')
  assert.equal(refusal.at, '/user')
  assert.match(refusal.message, /line 3, column 5/)
})

test('a name twice is noticed when one of them is written with escapes', () => {
  assert.match(refusalOf(String.raw`{"name": 1, "n\u0061me": 2}`).message, /twice/)
})

test('the same name in two objects is read', () => {
  assert.deepEqual(readJson('[{"a": 1}, {"a": {"a": 2}}]'), [{ a: 1 }, { a: { a: 2 } }])
})

test('names that JavaScript objects inherit are refused, escaped or not', () => {
  for (const name of ['__proto__', 'constructor', 'toString', String.raw`__pr\u006fto__`])
    assert.match(refusalOf(`{"a": {"${name}": 1}}`).message, /not allowed/)
})

test('NUL characters and lone surrogates are refused, in values and in names', () => {
  for (const text of [String.raw`{"a": "x\u0000y"}`, String.raw`{"x\u0000y": 1}`]) assert.match(refusalOf(text).message, /NUL/)
  for (const text of [String.raw`{"a": "\ud83d"}`, String.raw`{"a": "\ude00x"}`, '{"a": "\ud83d"}'])
    assert.match(refusalOf(text).message, /surrogate/)
  assert.deepEqual(readJson(String.raw`{"a": "\ud83d\ude00"}`), { a: '😀' })
})

test('a number that would be changed by reading it is refused', () => {
  for (const number of ['9007199254740993', '1e400', '-1e400', '12345678901234567890'])
    assert.match(refusalOf(`{"id": ${number}}`).message, /exactly/)
  assert.deepEqual(readJson('[9007199254740991, 1e3, -0.5]'), [9007199254740991, 1000, -0.5])
})

test('twenty levels are read, twenty-one are refused', () => {
  const nested = (levels: number) => '['.repeat(levels - 1) + '1' + ']'.repeat(levels - 1)

  assert.ok(readJson(nested(20)))
  assert.match(refusalOf(nested(21)).message, /deeper than 20/)
})

test('ten thousand open brackets are refused without exhausting the stack', () => {
  assert.equal(refusalOf('['.repeat(100_000)).code, 'bad_request')
})

test('more than 256 KB are refused as too large, counted in bytes', () => {
  assert.equal(refusalOf(JSON.stringify('é'.repeat(140_000))).code, 'too_large')
  assert.ok(readJson(JSON.stringify('e'.repeat(250_000))))
})

test('errors point at the place and never quote what was sent', () => {
  const refusal = refusalOf('{"secrets": {"password": "Fixture-Passw0rd-9"')

  assert.equal(refusal.at, '/secrets')
  assert.doesNotMatch(`${refusal.message} ${refusal.hint}`, pattern('Passw0rd'))
})

test('reading two kilobytes strictly costs at most ten times JSON.parse', () => {
  const people = Array.from({ length: 18 }, (_, index) => ({
    login: `person${index}`,
    mail: [`p${index}@corp.example`],
    active: true,
    floor: index,
    note: 'Zoé "Z" Müller',
  }))
  const text = JSON.stringify({ people }, null, 1)
  const fastest = (read: (text: string) => unknown) => {
    const runs = Array.from({ length: 60 }, () => {
      const start = performance.now()
      for (let index = 0; index < 50; index++) read(text)
      return performance.now() - start
    })
    return Math.min(...runs)
  }

  const ratio = fastest(readJson) / fastest(JSON.parse)

  // Side by side, so that a busy machine slows both. Measured: about 4, which is 25 µs on two shared cores.
  assert.ok(text.length > 2000)
  assert.ok(ratio < 10, `${ratio.toFixed(1)} times`)
})
