import assert from 'node:assert/strict'
import { test } from 'node:test'
import { withNarrowing } from '#connectors/kit/survey.ts'
import { ldap } from './index.ts'
import { conditionalOf } from './survey.ts'

test('a change is bound to what was read as far as the server asserts, and numbers the changes of an entry', () => {
  const of = (asserts: boolean, numbersChanges: boolean) => {
    const { conditionalWrite } = withNarrowing(ldap.capabilities, conditionalOf({ asserts, numbersChanges }))
    return [conditionalWrite.update, conditionalWrite.membership, conditionalWrite.create]
  }

  assert.deepEqual(of(true, true), ['native', 'looked', 'native'])
  assert.deepEqual(of(false, true), ['looked', 'looked', 'native'])
  assert.deepEqual(of(true, false), ['none', 'none', 'native'])
})

test('without entryCSN in the settings’ own id nothing is bound to what was read; a password in the entry is bound with it', () => {
  const of = (config: object) => ldap.capabilitiesOf?.(config).conditionalWrite

  assert.deepEqual([of({})?.update, of({})?.password], ['native', 'looked'])
  assert.deepEqual(of({ passwordMode: 'modify' })?.password, 'native')
  assert.deepEqual([of({ idAttribute: 'nsUniqueId' })?.update, of({ idAttribute: 'nsUniqueId' })?.create], ['none', 'native'])
})
