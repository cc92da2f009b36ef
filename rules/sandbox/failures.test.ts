import assert from 'node:assert/strict'
import { test } from 'node:test'
import { expressionPhrases } from '../phrases/expression.ts'
import { functionPhrases } from '../phrases/functions.ts'
import { FunctionProblem } from '../functions/arguments.ts'
import { fromTold, longestParameter, toFailure, toTold } from './failures.ts'

const none: ReadonlySet<string> = new Set()

test('a sentence that a process tells is the same behind its walls, in both languages', () => {
  const said = functionPhrases.count({ name: '$login', position: '3', least: '1', most: '64', found: 'emptyList' })
  const { phrase } = toFailure(new FunctionProblem(said), none)

  assert.deepEqual(fromTold(toTold(phrase)), said)
  assert.equal(said.fr, '$login attend un nombre entier de 1 à 64 comme argument 3 ; trouvé : une liste vide')
})

test('a process can say nothing that stands in no list, and nothing long', () => {
  const foreign = ['expression.toString', '__proto__.x', 'ldap.hosts', 'run', ''].map((code) =>
    fromTold({ code, parameters: {} }),
  )
  const long = toTold(expressionPhrases.noFunction({ name: 'x'.repeat(10_000) }))

  assert.deepEqual(
    foreign.map(({ code }) => code),
    Array(5).fill('expression.failed'),
  )
  assert.equal(long.parameters['name']?.length, longestParameter)
})

test('the kinds of values that a process names are words; other names stand as they are', () => {
  const odd = fromTold({ code: 'function.scalars', parameters: { found: '__proto__' } })

  assert.match(odd.fr, /trouvé : __proto__$/)
})

test('JSONata’s errors quote no data in either language; what the author wrote is told as it is', () => {
  const spoilt = toFailure({ code: 'T2009', token: '>', value: 'canary', value2: 'canary' }, none).phrase
  const newer = toFailure({ code: 'T9999', token: '>', value: 'canary' }, none).phrase
  const written = toFailure({ code: 'D3137', message: 'pas de site' }, new Set(['pas de site'])).phrase
  const computed = toFailure({ code: 'D3137', message: 'no site for canary' }, none).phrase

  assert.deepEqual(
    [spoilt, newer, written, computed].map(({ fr }) => fr),
    [
      'les deux côtés de > ne sont pas du même genre',
      'JSONata signale T9999 à >',
      'pas de site',
      'la règle refuse cette identité par $error ou $assert',
    ],
  )
  assert.doesNotMatch(JSON.stringify([spoilt, newer, computed]), /canary/)
})
