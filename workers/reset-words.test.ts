import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toResetText, type ResetSubject } from './reset-words.ts'

const about: ResetSubject = {
  locale: 'fr',
  request: { kind: 'password', who: 'Zoé <script>alert(1)</script>\r\nBcc: evil@example.org', source: 'rh & paie' },
  targets: ['ad-paris', 'keycloak'],
  link: 'https://passerelle.example.org/requests/1',
}

test('a mail about a password that nobody knows says whose, where, and what to do, in both languages', () => {
  const french = toResetText(about)
  const english = toResetText({ ...about, locale: 'en' })

  assert.match(french.subject, /^Mot de passe à redonner : Mot de passe : Zoé/)
  assert.match(french.text, /Où : ad-paris, keycloak\nDemandée par : rh & paie/)
  assert.match(french.text, /Prévenez la personne et faites-lui donner un nouveau mot de passe/)
  assert.match(english.subject, /^A password to set anew: Password: Zoé/)
  assert.match(english.text, /Where: ad-paris, keycloak\nAsked for by: rh & paie/)
  assert.match(english.text, /\nhttps:\/\/passerelle\.example\.org\/requests\/1\n/)
})

test('what people are called makes no line, no header and no element; without an address of the gateway there is no link', () => {
  const { subject, text, html } = toResetText({ ...about, link: null })

  assert.doesNotMatch(subject, /[\r\n]/)
  assert.doesNotMatch(text, /^Bcc:/m)
  assert.doesNotMatch(html, /<script>|href/)
  assert.match(html, /rh &amp; paie/)
  assert.match(text, /Ouvrez Passerelle pour voir la demande/)
})
