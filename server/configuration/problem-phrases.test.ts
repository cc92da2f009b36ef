import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as v from 'valibot'
import { problemPhrase } from './problem-phrases.ts'
import { safeMessage } from './read.ts'

const phraseOf = (schema: v.GenericSchema, value: unknown) => {
  const [issue] = v.safeParse(schema, value).issues ?? []
  assert.ok(issue !== undefined)
  return { code: problemPhrase(issue)?.code, fr: problemPhrase(issue)?.fr, en: safeMessage(issue) }
}

test('whatever Valibot finds is a sentence in both languages, which quotes nothing of what it received', () => {
  const secret = 's3cret-7'
  const cases: readonly (readonly [v.GenericSchema, unknown, string])[] = [
    [v.number(), secret, 'setting.number'],
    [v.boolean(), secret, 'setting.boolean'],
    [v.array(v.string()), secret, 'setting.list'],
    [v.strictObject({}), secret, 'setting.group'],
    [v.record(v.string(), v.string()), secret, 'setting.group'],
    [v.picklist(['on', 'off']), secret, 'setting.choice'],
    [v.variant('by', [v.object({ by: v.literal('move') })]), { by: secret }, 'setting.choice'],
    [v.variant('by', [v.object({ by: v.literal('move') })]), secret, 'setting.group'],
    [v.strictObject({}), { [secret]: 1 }, 'setting.unknown'],
    [v.strictObject({ url: v.string() }), {}, 'setting.missing'],
    [v.pipe(v.number(), v.integer()), 1.57, 'setting.whole'],
    [v.pipe(v.number(), v.minValue(1)), -57, 'setting.least'],
    [v.pipe(v.number(), v.maxValue(1)), 57, 'setting.most'],
    [v.pipe(v.string(), v.minLength(20)), secret, 'setting.shortest'],
    [v.pipe(v.string(), v.maxLength(1)), secret, 'setting.longest'],
    [v.pipe(v.string(), v.nonEmpty()), '', 'setting.empty'],
    [v.pipe(v.string(), v.email()), secret, 'setting.form'],
    [v.pipe(v.string(), v.regex(/^x$/)), secret, 'setting.form'],
    [v.string(), 57, 'setting.text'],
  ]

  const told = cases.map(([schema, value]) => phraseOf(schema, value))

  assert.deepEqual(
    told.map(({ code }) => code),
    cases.map(([, , code]) => code),
  )
  assert.doesNotMatch(JSON.stringify(told), /s3cret|57/)
  assert.deepEqual(phraseOf(v.picklist(['on', 'off']), secret).fr, 'C’est l’un de ceux-ci : on, off')
})

test('what a schema says in words of its own is taken from the lists, or has no sentence', () => {
  const own = v.pipe(v.string(), v.regex(/^x$/, 'It is an x'))
  const [issue] = v.safeParse(own, 'y').issues ?? []
  assert.ok(issue !== undefined)
  const phrase = { code: 'a.b', parameters: {}, en: 'It is an x', fr: 'C’est un x' }

  assert.deepEqual(
    [problemPhrase(issue, [{ b: phrase }]), problemPhrase(issue), safeMessage(issue)],
    [phrase, null, 'It is an x'],
  )
})
