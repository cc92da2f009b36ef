import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { createForms } from '../src/lib/i18n/translate.ts'
import { compileMessage, findFaults, parts, readTexts } from './plugin.ts'

const run = (text: string, locale: 'fr' | 'en', values: Record<string, string | number>) => {
  const source = compileMessage(text, locale)
  const message = new Function(`return ${source}`)() as string | ((a: object, f: object) => string)
  return typeof message === 'string' ? message : message(values, createForms(locale))
}

test('both languages say the same things with the same arguments', () => {
  for (const part of parts) assert.deepEqual(findFaults(readTexts('fr', part), readTexts('en', part)), [])
})

test('a message that is missing in one language, or uses another argument, is a fault', () => {
  assert.deepEqual(findFaults({ a: 'Oui', b: 'Bonjour {name}' }, { b: 'Hello {who}', c: 'More' }), [
    'en.json lacks "a"',
    'fr.json lacks "c"',
    '"b" uses {name} in fr.json and {who} in en.json',
  ])
})

test('French counts zero as singular, English as plural', () => {
  const plural = '{count, plural, one {# flux} other {# fluxes}}'

  assert.deepEqual([run(plural, 'fr', { count: 0 }), run(plural, 'en', { count: 0 })], ['0 flux', '0 fluxes'])
})

test('numbers are grouped as the language groups them', () => {
  assert.equal(run('{count, number}', 'en', { count: 12_345 }), '12,345')
  assert.equal(run('{count, number}', 'fr', { count: 12_345 }), '12\u202f345')
})

test('a value is shown as it is, markup and code included', () => {
  assert.equal(run('Arrivée de {name}', 'fr', { name: '<b>`${x}`"\\' }), 'Arrivée de <b>`${x}`"\\')
})

test('every message is used, so that nothing is translated for nobody', () => {
  const sources = files(fileURLToPath(new URL('../src', import.meta.url)))
    .map((file) => readFileSync(file, 'utf8'))
    .join('\n')
  const families = [...sources.matchAll(/`([a-zA-Z.]+)\.\$\{/g)].map(([, family]) => `${family}.`)

  const keys = parts.flatMap((part) => Object.keys(readTexts('fr', part)))
  const unused = keys.filter((key) => !sources.includes(`'${key}'`) && !families.some((family) => key.startsWith(family)))

  assert.deepEqual(unused, [])
})

const files = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => `${entry.parentPath}/${entry.name}`)
