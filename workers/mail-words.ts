/** What a mail about an approval says, in both languages: who, what kind of change, where, until when, and a link. No value of an account stands in it. */
import type { MailFacts } from '#core/ledger/notification-facts.ts'
import type { NotificationKind } from '#core/ledger/notification.ts'
import type { Operation } from '#core/plan.ts'
import { layOut, short, titleOf, type Locale, type Mail, type MailText } from './mail-layout.ts'

/** What is told; everything but the names comes from closed lists. */
export interface MailSubject extends Omit<MailFacts, 'to'> {
  readonly kind: Exclude<NotificationKind, 'request_settled' | 'password_reset' | 'secret_ends'>
  /** Where to decide; null when nobody configured PUBLIC_URL. */
  readonly link: string | null
}

interface Language {
  readonly operations: Readonly<Record<Operation, string>>
  readonly heads: Readonly<Record<MailSubject['kind'], string>>
  readonly said: Readonly<Record<MailSubject['kind'], string>>
  readonly facts: Readonly<Record<'approval' | 'stage' | 'requester' | 'expires' | 'targets' | 'delegated' | 'reason', string>>
  readonly decide: string
  readonly withoutLink: string
  readonly foot: string
}

const french: Language = {
  operations: {
    create: 'créer le compte',
    update: 'modifier le compte',
    disable: 'désactiver le compte',
    enable: 'réactiver le compte',
    delete: 'supprimer le compte',
    password: 'changer le mot de passe',
    membership: 'changer les groupes',
  },
  heads: {
    approval_asked: 'À approuver',
    approval_reminder: 'Rappel, à approuver',
    approval_escalated: 'À approuver sans attendre',
    approval_delegated: 'On vous délègue une décision',
  },
  said: {
    approval_asked: 'Une demande attend votre décision. Rien n’est exécuté avant.',
    approval_reminder: 'Une demande attend encore votre décision, et le délai se termine bientôt.',
    approval_escalated: 'Personne n’a encore décidé d’une demande : elle vous est soumise aussi.',
    approval_delegated: 'Une décision vous a été confiée.',
  },
  facts: {
    approval: 'Approbation',
    stage: 'Étape',
    requester: 'Demandée par',
    expires: 'À décider avant le',
    targets: 'Prévu',
    delegated: 'Confiée par',
    reason: 'Motif',
  },
  decide: 'Voir la demande et décider',
  withoutLink: 'Ouvrez Passerelle pour voir la demande et décider.',
  foot: 'Ce message est automatique. Sans réponse dans le délai, la demande n’est pas exécutée.',
}

const english: Language = {
  operations: {
    create: 'create the account',
    update: 'change the account',
    disable: 'disable the account',
    enable: 'enable the account again',
    delete: 'delete the account',
    password: 'change the password',
    membership: 'change the groups',
  },
  heads: {
    approval_asked: 'To approve',
    approval_reminder: 'Reminder, to approve',
    approval_escalated: 'To approve without delay',
    approval_delegated: 'A decision is in your hands',
  },
  said: {
    approval_asked: 'A request waits for your decision. Nothing is done before.',
    approval_reminder: 'A request still waits for your decision, and its time is nearly over.',
    approval_escalated: 'Nobody has decided on a request yet: you are asked too.',
    approval_delegated: 'A decision was given into your hands.',
  },
  facts: {
    approval: 'Approval',
    stage: 'Stage',
    requester: 'Asked for by',
    expires: 'To be decided before',
    targets: 'Planned',
    delegated: 'Given by',
    reason: 'Reason',
  },
  decide: 'See the request and decide',
  withoutLink: 'Open Passerelle to see the request and decide.',
  foot: 'This message is automatic. Without an answer in time the request is not carried out.',
}

export function toMailText(about: MailSubject): MailText {
  const { kind, locale, request, link } = about
  const language = locale === 'fr' ? french : english
  return layOut({
    locale,
    head: language.heads[kind],
    said: language.said[kind],
    title: titleOf(locale, request),
    facts: toFacts(about, language),
    way: { words: language.decide, without: language.withoutLink, link },
    foot: language.foot,
  })
}

function toFacts({ locale, request, approval, delegation }: MailSubject, { facts, operations }: Language): Mail['facts'] {
  const planned = request.steps.map(({ target, operation }) => `${target} (${operations[operation]})`).join(', ')
  return [
    [facts.approval, short(approval.name)],
    ...(approval.stages > 1 ? [[facts.stage, `${approval.stage}/${approval.stages}`] as const] : []),
    [facts.targets, planned],
    [facts.requester, short(approval.requester.replace(/^(source|person):/, ''))],
    [facts.expires, moment(approval.expiresAt, locale)],
    ...(delegation === null
      ? []
      : [
          [facts.delegated, short(delegation.from.replace(/^person:/, ''))] as const,
          [facts.reason, short(delegation.reason)] as const,
        ]),
  ]
}

/** In universal time, and saying so: where the reader is nobody knows. */
function moment(at: Date, locale: Locale): string {
  const form = { dateStyle: 'full', timeStyle: 'short', timeZone: 'UTC' } as const
  return `${new Intl.DateTimeFormat(locale === 'fr' ? 'fr-FR' : 'en-GB', form).format(at)} UTC`
}
