/** How a mail looks, whatever it tells: what is said, what it is about, facts, and a way to the page that shows it. As text and as HTML. */
import type { RequestKind } from '#core/plan.ts'

export type Locale = 'fr' | 'en'

export interface Mail {
  readonly locale: Locale
  readonly head: string
  readonly said: string
  readonly title: string
  readonly facts: readonly (readonly [label: string, value: string])[]
  /** What the link is for, and what to do where there is none: nobody configured PUBLIC_URL. */
  readonly way: { readonly words: string; readonly without: string; readonly link: string | null }
  readonly foot: string
}

export interface MailText {
  readonly subject: string
  readonly text: string
  readonly html: string
}

const kinds: Readonly<Record<Locale, Readonly<Record<RequestKind, string>>>> = {
  fr: {
    create: 'Arrivée',
    update: 'Modification',
    disable: 'Suspension',
    enable: 'Réactivation',
    delete: 'Départ',
    password: 'Mot de passe',
    membership: 'Groupes',
  },
  en: {
    create: 'Arrival',
    update: 'Change',
    disable: 'Suspension',
    enable: 'Reactivation',
    delete: 'Departure',
    password: 'Password',
    membership: 'Groups',
  },
}

const colons = { fr: ' : ', en: ': ' } as const

/** What a request is called: its kind, and whom it is about. */
export function titleOf(locale: Locale, { kind, who }: { readonly kind: RequestKind; readonly who: string }): string {
  return kinds[locale][kind] + colons[locale] + short(who)
}

const longest = 200

/** A text of somebody's, on one line. */
export function short(text: string): string {
  const clean = text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ').trim()
  return clean.length > longest ? `${clean.slice(0, longest)}…` : clean
}

export function layOut(mail: Mail): MailText {
  return { subject: mail.head + colons[mail.locale] + mail.title, text: toText(mail), html: toHtml(mail) }
}

function toText({ locale, said, title, facts, way, foot }: Mail): string {
  const colon = colons[locale]
  const lines = facts.map(([label, value]) => label + colon + value)
  return [said, title, lines.join('\n'), way.link === null ? way.without : `${way.words}${colon}\n${way.link}`, foot].join('\n\n')
}

function toHtml({ locale, said, title, facts, way, foot }: Mail): string {
  const rows = facts
    .map(
      ([label, value]) =>
        `<tr><th scope="row" style="text-align:left;padding:4px 16px 4px 0;font-weight:600;vertical-align:top">${escape(label)}</th><td style="padding:4px 0">${escape(value)}</td></tr>`,
    )
    .join('')
  const link = way.link === null ? escape(way.without) : `<a href="${escape(way.link)}">${escape(way.words)}</a>`
  return `<!doctype html><html lang="${locale}"><head><meta charset="utf-8"><title>${escape(title)}</title></head><body style="font-family:sans-serif;font-size:15px;line-height:1.5">
<p>${escape(said)}</p><h1 style="font-size:18px">${escape(title)}</h1><table>${rows}</table><p>${link}</p><p style="color:#555">${escape(foot)}</p></body></html>`
}

const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

function escape(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => escapes[character] ?? '')
}
