import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toSecretEndText } from './secret-end-words.ts'

const about = { target: 'erp', endsAt: new Date('2027-02-03T04:05:06Z'), link: 'https://passerelle.example.org/targets/erp' }

test('a mail about the end of what the gateway logs in with says where, when, and what to do, in both languages', () => {
  const french = toSecretEndText({ ...about, locale: 'fr' })
  const english = toSecretEndText({ ...about, locale: 'en', link: null })

  assert.equal(french.subject, 'Accès à renouveler : erp')
  assert.match(french.text, /Expire le : 3 février 2027\n\nVoir la cible : \nhttps:\/\/passerelle\.example\.org\/targets\/erp\n/)
  assert.match(french.text, /Renouvelez cet accès dans la cible/)
  assert.equal(english.subject, 'Access to renew: erp')
  assert.match(english.text, /Ends on: February 3, 2027\n\nOpen Passerelle to see the target\./)
})
