import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isElided } from './titles.ts'

test('French elides before vowels, accents, a mute h and the y of Yves', () => {
  for (const name of ['Amélie Durand', 'Élise Roy', 'Ögmundur', 'Hélène Petit', 'Hugo Blanc', 'Yves Le Goff'])
    assert.ok(isElided(name), name)
})

test('French does not elide before consonants and the y of Yasmine', () => {
  for (const name of ['Zoé Müller', 'Yasmine Haddad', 'Hassan Benali', '12345']) assert.ok(!isElided(name), name)
})
