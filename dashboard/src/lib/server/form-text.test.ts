import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formText } from './form-text.ts'

test('a field is its text; what is absent, or a file, is no text', () => {
  const form = new FormData()
  form.set('name', 'Zoé')
  form.set('password', new File(['secret'], 'password.txt'))

  assert.deepEqual([formText(form, 'name'), formText(form, 'password'), formText(form, 'reason')], ['Zoé', '', ''])
})
