/** Row 19: one guard at a time is taken out, and a named test goes red. Here those whose test is quick; `npm run mutate` tries all. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { mutate, openLaboratory, type Laboratory } from './mutate.ts'
import { mutations } from './mutations.ts'

const root = join(import.meta.dirname, '..', '..')
let laboratory: Laboratory
before(() => {
  laboratory = openLaboratory()
})
after(() => laboratory[Symbol.dispose]())

test('every guard stands in the code where the table says, and every named test exists', () => {
  for (const mutation of mutations) {
    mutate(readFileSync(join(root, mutation.file), 'utf8'), mutation)
    assert.ok(mutation.test.name.length > 5)
    readFileSync(join(root, mutation.test.file))
  }
})

for (const mutation of mutations.filter(({ isFast }) => isFast))
  test(`without the guard "${mutation.guard}" a test goes red`, async () => {
    const { green, caught, output } = await laboratory.try(mutation)

    assert.ok(green, `the test is red with the guard:\n${output.slice(-2_000)}`)
    assert.ok(caught, `the test stays green without the guard:\n${output.slice(-2_000)}`)
  })
