import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toDiffRows } from './unified-diff.ts'

const unified = `--- default 1
+++ default 2
@@ -3,3 +3,4 @@
 identity:
-  login: a
+  login: b
+  mail: c
 targets:
\\ No newline at end of file
`

test('each line has its number in the text that holds it', () => {
  assert.deepEqual(
    toDiffRows(unified).map(({ kind, before, after, text }) => `${kind} ${before} ${after} ${text}`),
    [
      'hunk null null @@ -3,3 +3,4 @@',
      'same 3 3 identity:',
      'removed 4 null   login: a',
      'added null 4   login: b',
      'added null 5   mail: c',
      'same 5 6 targets:',
    ],
  )
})

test('two texts that are the same have no rows', () => {
  assert.deepEqual(toDiffRows(''), [])
})
