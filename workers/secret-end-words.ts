/** What a mail about the end of what the gateway logs in with says, in both languages: where, when, and what to do. */
import type { SecretEndFacts } from '#core/ledger/notification-facts.ts'
import { layOut, type Locale, type MailText } from './mail-layout.ts'

export interface SecretEndSubject extends Omit<SecretEndFacts, 'to'> {
  /** Where the target is shown; null when nobody configured PUBLIC_URL. */
  readonly link: string | null
}

const languages: Readonly<Record<Locale, Readonly<Record<'head' | 'said' | 'ends' | 'words' | 'without' | 'foot', string>>>> = {
  fr: {
    head: 'Accès à renouveler',
    said: 'Ce avec quoi la passerelle se connecte à une cible (clé ou mot de passe) expire. Ensuite plus rien ne s’y fera : les changements attendront.',
    ends: 'Expire le',
    words: 'Voir la cible',
    without: 'Ouvrez Passerelle pour voir la cible.',
    foot: 'Ce message est automatique. Renouvelez cet accès dans la cible, donnez-le à la configuration, et testez la connexion.',
  },
  en: {
    head: 'Access to renew',
    said: 'What the gateway logs in to a target with (a key or a password) ends. Nothing will be done there afterwards: changes will wait.',
    ends: 'Ends on',
    words: 'See the target',
    without: 'Open Passerelle to see the target.',
    foot: 'This message is automatic. Renew it in the target, give it to the configuration, and test the connection.',
  },
}

export function toSecretEndText({ locale, target, endsAt, link }: SecretEndSubject): MailText {
  const { head, said, ends, words, without, foot } = languages[locale]
  const day = new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeZone: 'UTC' }).format(endsAt)
  return layOut({ ...{ locale, head, said, foot }, title: target, facts: [[ends, day]], way: { words, without, link } })
}
