/** What people read of targets and of rules stands in closed lists, in both languages, and nothing is told them past these lists. */
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { connectors } from '#connectors/index.ts'
import { allPhrases } from '#core/phrase.ts'
import { CasesDocument } from '#rules/cases/document.ts'
import { LookupDocument } from '#rules/lookups/document.ts'
import { rulePhrases } from '#rules/phrases/index.ts'
import { RuleSetDocument } from '#rules/schema.ts'
import { fieldsOf } from '../configuration/form.ts'
import { listsOf } from '../configuration/problem-phrases.ts'
import { knownPhrases, phraseCodes } from './phrase-codes.ts'
import type { FormField } from './target-types.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const sources = [
  ...globSync('connectors/**/*.ts', { cwd: root }),
  ...globSync('core/egress*.ts', { cwd: root }),
  ...globSync('rules/**/*.ts', { cwd: root }),
  'server/configuration/problem-phrases.ts',
  ...globSync('server/rules/*.ts', { cwd: root }),
  'server/api/rules.ts',
  'workers/simulate.ts',
]
  .filter((file) => !file.endsWith('.test.ts') && !/(?:^|\/)(?:(?:egress-)?phrases\.ts$|phrases\/)/.test(file))
  .map((file) => ({ file, text: readFileSync(join(root, file), 'utf8') }))

test('every code has a sentence in French and in English, with the same things in it', () => {
  const parameters = (text: string) =>
    [...text.matchAll(/(?<!\{)\{(\w+)\}(?!\})/g)].map(([, name = '']) => name).toSorted((one, other) => one.localeCompare(other))
  const wrong = knownPhrases.filter(
    ({ en, fr }) =>
      en === '' || fr === '' || (en === fr && !isParameter(en)) || isTyped(fr) || parameters(en).join() !== parameters(fr).join(),
  )

  assert.deepEqual(wrong, [])
  assert.equal(new Set(phraseCodes).size, phraseCodes.length)
})

test('connectors give hints from their lists, and no list has a sentence that nobody says', () => {
  const past = sources.filter(({ file, text }) => !file.startsWith('server/') && /\bhint:\s*(?:[^,\n]*\?\s*)?['"`]/.test(text))
  const said = new Set(sources.flatMap(saidIn))
  const unsaid = phraseCodes.filter((code) => !said.has(code) && !libraries.test(code))

  assert.deepEqual(
    past.map(({ file }) => file),
    [],
  )
  assert.deepEqual(unsaid, [])
})

test('what a connector’s schema says of settings in words of its own is in its lists', () => {
  for (const [id, connector] of Object.entries(connectors)) {
    const known = new Set(
      listsOf(connector)
        .flatMap(allPhrases)
        .map(({ en }) => en),
    )

    assert.deepEqual(
      [...messagesIn(connector.config)].filter((message) => !known.has(message)),
      [],
      id,
    )
  }
})

test('what the schemas of rules, of their cases and of tables say in words of their own is in the lists of the rules', () => {
  const known = new Set(
    Object.values(rulePhrases)
      .flatMap(allPhrases)
      .map(({ en }) => en),
  )
  const messages = [RuleSetDocument, CasesDocument, LookupDocument].flatMap((schema) => [...messagesIn(schema)])

  assert.ok(messages.length > 15)
  assert.deepEqual(
    messages.filter((message) => !known.has(message)),
    [],
  )
})

test('rules refuse a request with sentences of their lists', () => {
  const past = sources.filter(({ text }) => /GatewayError\(\s*'rule_(?:failed|timeout)',\s*['"`]/.test(text))

  assert.deepEqual(
    past.map(({ file }) => file),
    [],
  )
})

test('a setting that counts for some modes leaves it to the form to name them', () => {
  const twice = Object.entries(connectors).flatMap(([id, { config }]) =>
    fieldsOf(config)
      .filter(namesItsMode)
      .map(({ name }) => `${id} ${name}`),
  )

  assert.deepEqual(twice, [])
})

/** Said by the codes of a library, which `rules/phrases/libraries.test.ts` walks. */
const libraries = /^(?:jsonata|yaml)\./

/** What the author of a rule wrote is in no list. */
const isParameter = (text: string) => /^\{\w+\}$/.test(text)
/** Quotes of a typewriter are code's, between back quotes. */
const isTyped = (text: string) => /['"]/.test(text.replaceAll(/`[^`]*`/g, ''))

const namesItsMode = ({ when, help }: FormField) =>
  when !== null && when.values.some((value) => new RegExp(`(?<![\\w-])${value}(?![\\w-])`, 'i').test(`${help?.en} ${help?.fr}`))

/** The codes of what a file says: `kitPhrases` are those of the kit, and a connector's own are `phrases` in its folder. */
function saidIn({ file, text }: { readonly file: string; readonly text: string }): readonly string[] {
  const own = file.split('/')[1] ?? ''
  return [...text.matchAll(/\b(?:(\w+)P|p)hrases\.(\w+)/g)].map(([, list = own, name]) => `${list}.${name}`)
}

/** The words that stand in a schema's checks. */
function messagesIn(schema: unknown, seen = new Set<unknown>()): ReadonlySet<string> {
  if (typeof schema !== 'object' || schema === null || seen.has(schema)) return new Set()
  seen.add(schema)
  const own = 'message' in schema && typeof schema.message === 'string' ? [schema.message] : []
  return new Set([...own, ...Object.values(schema).flatMap((part) => [...messagesIn(part, seen)])])
}
