import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as v from 'valibot'
import { connectors } from '#connectors/index.ts'
import { secretNames } from './apply.ts'

test('the settings that a connector marks as secret are found, however they are wrapped', () => {
  const text = v.pipe(v.string(), v.metadata({ secret: true }))
  const schema = v.pipe(
    v.strictObject({
      plain: v.string(),
      bare: text,
      optional: v.optional(text),
      nullable: v.optional(v.nullable(text), null),
      outside: v.pipe(v.optional(v.string()), v.metadata({ secret: true })),
      other: v.pipe(v.string(), v.metadata({ secret: false })),
    }),
    v.check(() => true),
  )

  assert.deepEqual(secretNames(schema), ['bare', 'optional', 'nullable', 'outside'])
})

test('no connector has a setting named like a password that is not secret', () => {
  for (const [name, { config }] of Object.entries(connectors)) {
    const secrets = secretNames(config)
    const named = Object.keys((config as unknown as { entries: object }).entries).filter((key) => /^(.*password|url)$/i.test(key))
    assert.ok(secrets.length > 0, name)
    assert.deepEqual(
      named.filter((key) => key.toLowerCase().endsWith('password') && !secrets.includes(key)),
      [],
      name,
    )
  }
})
