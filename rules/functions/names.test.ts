import assert from 'node:assert/strict'
import { test } from 'node:test'
import jsonata from 'jsonata'
import { ruleFunctions } from './index.ts'
import { builtinNames, ownNames, refusedNames } from './names.ts'

test('every name that rules may or may not use is a function that exists', async () => {
  const own = new Set<string>(ownNames)
  const names = [...builtinNames, ...refusedNames.keys()].filter((name) => !own.has(name))

  const types = await Promise.all(names.map((name) => jsonata(`$type($${name})`).evaluate({})))

  assert.deepEqual(
    names.filter((_, index) => types[index] !== 'function'),
    [],
  )
})

test('every function of ours has a name that rules may use', () => {
  assert.deepEqual([...Object.keys(ruleFunctions), 'unique'].toSorted(), [...ownNames].toSorted())
})
