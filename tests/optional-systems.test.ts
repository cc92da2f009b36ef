import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ensureOptional } from './optional-systems.mjs'

const files = ['core/plan.test.ts', 'tests/contract/rare.contract.test.ts']
const rare = {
  connector: 'rare',
  files: /^tests\/.*rare/,
  given: 'PASSERELLE_NO_SUCH_VARIABLE',
  ensure: () => {
    throw new Error('It is nowhere: look again tomorrow.')
  },
}

test('what a machine cannot have is left out and named, with why', () => {
  const { files: left, missing } = ensureOptional(files, false, [rare])

  assert.deepEqual(left, ['core/plan.test.ts'])
  assert.deepEqual(missing, ['not proven: the connector rare. It is nowhere: look again tomorrow.'])
})

test('what a file only looks at when it is there is fetched for it, and the file runs without it', () => {
  const { files: left, missing } = ensureOptional(['tests/flows/all.test.ts'], true, [
    { ...rare, alsoIn: /all/, mayBeMissing: true },
  ])

  assert.deepEqual([left, missing.length], [['tests/flows/all.test.ts'], 1])
})

test('where everything is required it is an error, unless it may be missing through nobody’s fault', () => {
  assert.throws(() => ensureOptional(files, true, [rare]), /connector rare/)

  assert.equal(ensureOptional(files, true, [{ ...rare, mayBeMissing: true }]).missing.length, 1)
})
