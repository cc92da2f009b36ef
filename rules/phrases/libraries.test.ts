/** The libraries that read rules have closed lists of codes: what they may say has a sentence, also after an upgrade. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { findPhrase } from '#core/phrase.ts'
import { inspectExpression } from '../expressions.ts'
import { jsonataPhrases } from './jsonata.ts'
import { yamlPhrases } from './yaml.ts'

/** The file by which a library is loaded, or one beside it. */
function textOf(library: string, beside?: string): string {
  const loaded = createRequire(import.meta.url).resolve(library)
  return readFileSync(beside === undefined ? loaded : join(dirname(loaded), beside), 'utf8')
}

const jsonataTexts = new Map(
  [...textOf('jsonata').matchAll(/^\s+"([SDTU]\d{4})": "((?:[^"\\]|\\.)*)"/gm)].map(([, code = '', text = '']) => [
    code,
    JSON.parse(`"${text}"`) as string,
  ]),
)
/** Told by other sentences: the words of $error and $assert, and the end of an expression's time. */
const elsewhere = new Set(['D1012', 'D3137', 'D3141'])

test('every code of JSONata has a sentence, and no sentence has a code that JSONata does not know', () => {
  assert.ok(jsonataTexts.size > 90)
  assert.deepEqual(
    Object.keys(jsonataPhrases).toSorted(),
    [...jsonataTexts.keys()].filter((code) => !elsewhere.has(code)).toSorted(),
  )
})

test('of an expression that cannot be read, English says what JSONata says', () => {
  for (const [code, text] of jsonataTexts) {
    if (!code.startsWith('S')) continue
    const told = findPhrase({ jsonata: jsonataPhrases }, `jsonata.${code}`, { token: '"t"', value: '"v"' })

    assert.equal(told?.en, `not a JSONata expression: ${text.replace('{{token}}', '"t"').replace('{{value}}', '"v"')}`)
  }
})

test('what JSONata found is told with what stood there, in both languages', () => {
  const [problem] = inspectExpression('a ? ) b').problems

  assert.equal(problem?.phrase.code, 'jsonata.S0211')
  assert.deepEqual(problem?.original, undefined)
  assert.match(problem?.phrase.en ?? '', /The symbol "\)" cannot be used as a unary operator/)
  assert.match(problem?.phrase.fr ?? '', /le symbole "\)" ne peut pas être employé sans rien à sa gauche/)
})

test('every code of the YAML library has a sentence', () => {
  const [, list = ''] = /export type ErrorCode = ([^;]+);/.exec(textOf('yaml', 'errors.d.ts')) ?? []
  const codes = [...list.matchAll(/'([A-Z0-9_]+)'/g)].map(([, code = '']) => code)

  assert.ok(codes.length > 20)
  assert.deepEqual(Object.keys(yamlPhrases).toSorted(), codes.toSorted())
})
