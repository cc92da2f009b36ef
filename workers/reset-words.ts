/** What a mail about a password that nobody knows says, in both languages: whose, where, and what to do. No value of an account stands in it. */
import type { ResetFacts } from '#core/ledger/notification-facts.ts'
import { layOut, short, titleOf, type Locale, type MailText } from './mail-layout.ts'

export interface ResetSubject extends Omit<ResetFacts, 'to'> {
  /** Where the request is shown; null when nobody configured PUBLIC_URL. */
  readonly link: string | null
}

const languages: Readonly<
  Record<Locale, Readonly<Record<'head' | 'said' | 'where' | 'source' | 'words' | 'without' | 'foot', string>>>
> = {
  fr: {
    head: 'Mot de passe à redonner',
    said: 'Une demande a été annulée là où personne ne peut remettre l’ancien mot de passe : un mot de passe que personne ne connaît a remplacé celui de la demande.',
    where: 'Où',
    source: 'Demandée par',
    words: 'Voir la demande',
    without: 'Ouvrez Passerelle pour voir la demande.',
    foot: 'Ce message est automatique. Prévenez la personne et faites-lui donner un nouveau mot de passe : elle ne peut plus se connecter là.',
  },
  en: {
    head: 'A password to set anew',
    said: 'A request was undone where nobody can put the old password back: one that nobody knows took the place of the one that the request had set.',
    where: 'Where',
    source: 'Asked for by',
    words: 'See the request',
    without: 'Open Passerelle to see the request.',
    foot: 'This message is automatic. Tell the person and have a new password set: they can no longer log in there.',
  },
}

export function toResetText({ locale, request, targets, link }: ResetSubject): MailText {
  const { head, said, where, source, words, without, foot } = languages[locale]
  return layOut({
    ...{ locale, head, said, foot },
    title: titleOf(locale, request),
    facts: [
      [where, targets.join(', ')],
      [source, short(request.source)],
    ],
    way: { words, without, link },
  })
}
