/** Whoever sets up a target looks for the same things in the same places, whatever system it is. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { connectors } from './index.ts'

const headings = ['Rights', 'Operations and their undo', 'Limits', 'How to test']

test('the README of every connector says which rights it needs, what each operation can undo, its limits, and how it is tested', () => {
  for (const id of Object.keys(connectors)) {
    const text = readFileSync(new URL(`${id}/README.md`, import.meta.url), 'utf8')
    const sections = text.split(/^## /m).slice(1)
    const found = sections.map((section) => section.split('\n', 1)[0] ?? '')

    assert.deepEqual(
      found.filter((heading) => headings.includes(heading)),
      headings,
      `connectors/${id}/README.md has its headings, in order`,
    )
    for (const section of sections) {
      const [heading = '', ...lines] = section.split('\n')
      assert.ok(lines.join('').trim().length > 20, `connectors/${id}/README.md says something under ${heading}`)
    }
  }
})
