/**
 * JSON at the API's door. `JSON.parse` keeps the last of two equal keys, makes `__proto__` an ordinary key and quotes the
 * input in its errors; a gateway that decides about access on what it read can afford none of the three.
 */
import { GatewayError } from '#core/errors.ts'

const limits = { bytes: 256 * 1024, depth: 20 } as const

// The grammar of RFC 8259, sections 3, 6 and 7. Sticky: each matches only where the reader stands.
const space = /[ \t\n\r]*/y
// oxlint-disable-next-line no-control-regex -- JSON texts must not hold them unescaped
const string = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y
const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
const word = /true|false|null/y

/**
 * Reads a JSON text (RFC 8259). Beyond `JSON.parse` it refuses equal keys, names that JavaScript objects inherit, NUL, lone
 * surrogates, numbers that cannot be kept exactly, more than 20 levels and more than 256 KB. Throws GatewayError `too_large`
 * or `bad_request`, whose message has the line and column and whose `at` is the JSON pointer of the value being read.
 */
export function readJson(text: string): unknown {
  if (text.length > limits.bytes || Buffer.byteLength(text) > limits.bytes)
    throw new GatewayError('too_large', `The body is larger than ${limits.bytes / 1024} KB`, {
      hint: 'Send fewer objects at once.',
    })
  checkJson(text)
  return JSON.parse(text)
}

interface Reader {
  readonly text: string
  at: number
  readonly path: (string | number)[]
}

function checkJson(text: string): void {
  const reader: Reader = { text, at: 0, path: [] }
  skipSpace(reader)
  checkValue(reader, 1)
  skipSpace(reader)
  if (reader.at < text.length) throw refusal(reader, 'has something after its end', 'Send one JSON value.')
  if (!text.isWellFormed()) throw refusal(reader, 'has a lone surrogate', 'Send valid Unicode.')
}

function checkValue(reader: Reader, depth: number): void {
  if (depth > limits.depth) throw refusal(reader, `is nested deeper than ${limits.depth} levels`, 'Send a flatter body.')
  switch (reader.text[reader.at]) {
    case '{':
      return checkObject(reader, depth)
    case '[':
      return checkArray(reader, depth)
    case '"':
      checkString(reader)
      return
    default:
      if (match(reader, word) === null) checkNumber(reader)
  }
}

function checkObject(reader: Reader, depth: number): void {
  const names = new Set<string>()
  openBracket(reader)
  if (accept(reader, '}')) return
  do {
    skipSpace(reader)
    if (reader.text[reader.at] !== '"')
      throw refusal(reader, 'has no name here', 'Put every name in double quotes, and no comma after the last.')
    const start = reader.at
    const name = checkString(reader)
    if (names.has(name)) throw refusal({ ...reader, at: start }, 'has a name twice in one object', 'Send every name once.')
    if (name in Object.prototype) throw refusal({ ...reader, at: start }, 'has a name that is not allowed', 'Rename this item.')
    names.add(name)
    if (!accept(reader, ':')) throw refusal(reader, 'has no ":" after a name', 'Write "name": value.')
    skipSpace(reader)
    reader.path.push(name)
    checkValue(reader, depth + 1)
    reader.path.pop()
  } while (accept(reader, ','))
  if (!accept(reader, '}')) throw refusal(reader, 'has neither "," nor "}" here', 'Close the object or go on after a comma.')
}

function checkArray(reader: Reader, depth: number): void {
  openBracket(reader)
  if (accept(reader, ']')) return
  let index = 0
  do {
    skipSpace(reader)
    reader.path.push(index)
    checkValue(reader, depth + 1)
    reader.path.pop()
    index += 1
  } while (accept(reader, ','))
  if (!accept(reader, ']')) throw refusal(reader, 'has neither "," nor "]" here', 'Close the list or go on after a comma.')
}

/** Returns the string's value. */
function checkString(reader: Reader): string {
  const raw = match(reader, string)
  if (raw === null)
    throw refusal(reader, 'has a text that is not closed or not escaped', 'Escape control characters, quotes and backslashes.')
  if (!raw.includes('\\')) return raw.slice(1, -1)
  const value = JSON.parse(raw) as string
  if (value.includes('\0')) throw refusal(reader, 'has a NUL character before here', 'Leave NUL characters out.')
  if (!value.isWellFormed()) throw refusal(reader, 'has a lone surrogate before here', 'Send valid Unicode.')
  return value
}

function checkNumber(reader: Reader): void {
  const start = reader.at
  const raw = match(reader, number)
  if (raw === null)
    throw refusal(
      reader,
      start < reader.text.length ? 'has something here that is no JSON value' : 'ends too early',
      'Send valid JSON.',
    )
  const value = Number(raw)
  const exact = Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value))
  if (!exact) throw refusal({ ...reader, at: start }, 'has a number that cannot be kept exactly', 'Send it as a text.')
}

function match(reader: Reader, pattern: RegExp): string | null {
  pattern.lastIndex = reader.at
  const found = pattern.exec(reader.text)
  if (found === null) return null
  reader.at = pattern.lastIndex
  return found[0]
}

function openBracket(reader: Reader): void {
  reader.at += 1
}

function accept(reader: Reader, character: string): boolean {
  skipSpace(reader)
  if (reader.text[reader.at] !== character) return false
  reader.at += 1
  return true
}

function skipSpace(reader: Reader): void {
  space.lastIndex = reader.at
  space.test(reader.text)
  reader.at = space.lastIndex
}

function refusal({ text, at, path }: Reader, problem: string, hint: string): GatewayError {
  const before = text.slice(0, at)
  const line = before.split('\n').length
  const column = at - before.lastIndexOf('\n')
  const pointer = path.map((key) => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
  return new GatewayError('bad_request', `The body ${problem}: line ${line}, column ${column}.`, { at: pointer, hint })
}
