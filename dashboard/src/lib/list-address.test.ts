import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dropEmpty, withFilter } from './list-address.ts'

const at = (search: string) => ({ pathname: '/departures', search })

test('a filter joins the others, begins at the first page, and forgets what was just done', () => {
  assert.equal(withFilter(at('?target=badges&cursor=50&did=keep'), 'state', 'kept'), '/departures?target=badges&state=kept')
  assert.equal(withFilter(at('?state=kept&cursor=50'), 'state', null), '/departures')
})

test('what is asked about stays on its page of the list', () => {
  assert.equal(withFilter(at('?state=dead&cursor=50'), 'retry', 'a'), '/departures?state=dead&cursor=50&retry=a')
  assert.equal(withFilter(at('?state=dead&cursor=50&retry=a'), 'retry', null), '/departures?state=dead&cursor=50')
  assert.equal(withFilter(at('?state=dead&cursor=50'), 'cursor', '100'), '/departures?state=dead&cursor=100')
})

test('empty fields do not stand in the address', () => {
  const formData = new FormData()
  formData.set('target', '')
  formData.set('externalId', 'E-42')

  dropEmpty({ formData } as FormDataEvent)

  assert.deepEqual([...formData], [['externalId', 'E-42']])
})
