import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toMailText, type MailSubject } from './mail-words.ts'

const about: MailSubject = {
  kind: 'approval_asked',
  locale: 'fr',
  request: {
    kind: 'delete',
    who: 'Zoé <script>alert(1)</script>\r\nBcc: evil@example.org',
    source: 'rh',
    steps: [{ target: 'annuaire', operation: 'delete' }],
  },
  approval: {
    name: 'Départs & retours',
    stage: 2,
    stages: 3,
    requester: 'source:rh',
    expiresAt: new Date('2026-08-31T16:00:00Z'),
  },
  delegation: null,
  link: 'https://passerelle.example.org/requests/1',
}

test('a mail says who, what, where, and until when, in both languages', () => {
  const french = toMailText(about)
  const english = toMailText({ ...about, locale: 'en', kind: 'approval_reminder' })

  assert.match(french.subject, /^À approuver : Départ : Zoé/)
  assert.match(
    french.text,
    /Approbation : Départs & retours\nÉtape : 2\/3\nPrévu : annuaire \(supprimer le compte\)\nDemandée par : rh\nÀ décider avant le : lundi 31 août 2026 à 16:00 UTC/,
  )
  assert.match(english.subject, /^Reminder, to approve: Departure: Zoé/)
  assert.match(english.text, /To be decided before: Monday,? 31 August 2026 at 16:00 UTC/)
  assert.match(english.text, /\nhttps:\/\/passerelle\.example\.org\/requests\/1\n/)
})

test('what people are called makes no line, no header and no element', () => {
  const { subject, text, html } = toMailText(about)

  assert.doesNotMatch(subject, /[\r\n]/)
  assert.doesNotMatch(text, /^Bcc:/m)
  assert.doesNotMatch(html, /<script>/)
  assert.match(html, /Départs &amp; retours/)
})

test('a delegate is told by whom and why; without an address of the gateway there is no link', () => {
  const delegation = { from: 'person:bea', reason: 'en congé' }
  const { text, html } = toMailText({ ...about, kind: 'approval_delegated', delegation, link: null })

  assert.match(text, /Confiée par : bea\nMotif : en congé/)
  assert.match(text, /Ouvrez Passerelle/)
  assert.doesNotMatch(html, /href/)
})
