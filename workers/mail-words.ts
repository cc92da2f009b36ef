/** What a mail about an approval says, in both languages: who, what kind of change, where, until when, and a link. No value of an account stands in it. */
import type { MailFacts } from '#core/ledger/notification-facts.ts'
import type { NotificationKind } from '#core/ledger/notification.ts'
import type { Operation, RequestKind } from '#core/plan.ts'

/** What is told; everything but the names comes from closed lists. */
export interface MailSubject extends Omit<MailFacts, 'to'> {
  readonly kind: Exclude<NotificationKind, 'request_settled'>
  /** Where to decide; null when nobody configured PUBLIC_URL. */
  readonly link: string | null
}

interface Language {
  readonly kinds: Readonly<Record<RequestKind, string>>
  readonly operations: Readonly<Record<Operation, string>>
  readonly heads: Readonly<Record<MailSubject['kind'], string>>
  readonly said: Readonly<Record<MailSubject['kind'], string>>
  readonly title: (kind: string, who: string) => string
  readonly facts: Readonly<Record<'approval' | 'stage' | 'requester' | 'expires' | 'targets' | 'delegated' | 'reason', string>>
  readonly decide: string
  readonly withoutLink: string
  readonly foot: string
  readonly colon: string
}

const french: Language = {
  kinds: {
    create: 'Arrivée',
    update: 'Modification',
    disable: 'Suspension',
    enable: 'Réactivation',
    delete: 'Départ',
    password: 'Mot de passe',
    membership: 'Groupes',
  },
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
  title: (kind, who) => `${kind} : ${who}`,
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
  colon: ' : ',
}

const english: Language = {
  kinds: {
    create: 'Arrival',
    update: 'Change',
    disable: 'Suspension',
    enable: 'Reactivation',
    delete: 'Departure',
    password: 'Password',
    membership: 'Groups',
  },
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
  title: (kind, who) => `${kind}: ${who}`,
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
  colon: ': ',
}

const longest = 200

export function toMailText(about: MailSubject): { readonly subject: string; readonly text: string; readonly html: string } {
  const language = about.locale === 'fr' ? french : english
  const title = language.title(language.kinds[about.request.kind], short(about.request.who))
  const facts = toFacts(about, language)
  return {
    subject: `${language.heads[about.kind]}${language.colon}${title}`,
    text: toText(about, language, title, facts),
    html: toHtml(about, language, title, facts),
  }
}

type Facts = readonly (readonly [label: string, value: string])[]

function toFacts({ locale, request, approval, delegation }: MailSubject, { facts, operations }: Language): Facts {
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
function moment(at: Date, locale: 'fr' | 'en'): string {
  const form = { dateStyle: 'full', timeStyle: 'short', timeZone: 'UTC' } as const
  return `${new Intl.DateTimeFormat(locale === 'fr' ? 'fr-FR' : 'en-GB', form).format(at)} UTC`
}

function short(text: string): string {
  const clean = text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ').trim()
  return clean.length > longest ? `${clean.slice(0, longest)}…` : clean
}

function toText(
  { kind, link }: MailSubject,
  { said, colon, decide, withoutLink, foot }: Language,
  title: string,
  facts: Facts,
): string {
  const lines = facts.map(([label, value]) => `${label}${colon}${value}`)
  const way = link === null ? withoutLink : `${decide}${colon}\n${link}`
  return [said[kind], title, lines.join('\n'), way, foot].join('\n\n')
}

function toHtml(
  { kind, link, locale }: MailSubject,
  { said, decide, withoutLink, foot }: Language,
  title: string,
  facts: Facts,
): string {
  const rows = facts
    .map(
      ([label, value]) =>
        `<tr><th scope="row" style="text-align:left;padding:4px 16px 4px 0;font-weight:600;vertical-align:top">${escape(label)}</th><td style="padding:4px 0">${escape(value)}</td></tr>`,
    )
    .join('')
  const way = link === null ? `<p>${escape(withoutLink)}</p>` : `<p><a href="${escape(link)}">${escape(decide)}</a></p>`
  return `<!doctype html><html lang="${locale}"><head><meta charset="utf-8"><title>${escape(title)}</title></head><body style="font-family:sans-serif;font-size:15px;line-height:1.5">
<p>${escape(said[kind])}</p><h1 style="font-size:18px">${escape(title)}</h1><table>${rows}</table>${way}<p style="color:#555">${escape(foot)}</p></body></html>`
}

const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

function escape(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => escapes[character] ?? '')
}
