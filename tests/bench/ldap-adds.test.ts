/** The connector looks before and after it writes; it must not cost so much that a mass of newcomers waits for it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { measureLdapAdds } from './ldap-adds.ts'

test('adding through the LDAP connector is nearly as quick as adding with the bare library', async () => {
  const { ratio } = await measureLdapAdds({ turns: 5, entries: 200, connections: 5 })

  // The benchmark asks for 0.7 on an idle machine; a test that shares it asks for less.
  assert.ok(ratio > 0.5, `${ratio} of the adds a second`)
})
