/** The settings that every target behind HTTP has, and what is made of them. */
import { isNetwork } from '#core/egress-address.ts'
import { createEgress, type Egress } from '#core/egress.ts'
import * as v from 'valibot'
import { kitPhrases } from './phrases.ts'
import type { Step } from './probe.ts'
import { caField, clearTextField, field } from './form.ts'

const milliseconds = (standard: number, least = 100) =>
  v.optional(v.pipe(v.number(), v.integer(), v.minValue(least), v.maxValue(600_000)), standard)

/** An http(s) URL without user, query and fragment. */
export const HttpUrl = v.pipe(
  v.string(),
  v.regex(/^https?:\/\/[^?#@\s]+$/i, kitPhrases.httpUrlForm.en),
  v.check((text) => URL.canParse(text), kitPhrases.unreadableUrl.en),
)

/** For systems that need another one than most, or never less than so much: after `httpFields`. */
export const timeoutField = (standard: number, least?: number) =>
  v.pipe(
    milliseconds(standard, least),
    field(
      { en: 'Timeout', fr: 'Délai de réponse' },
      {
        en: `Milliseconds after which the outcome of a call counts as unknown${least === undefined ? '' : `; at least ${least}`}.`,
        fr: `Millisecondes après lesquelles le résultat d’un appel est réputé inconnu${least === undefined ? '' : ` ; au moins ${least}`}.`,
      },
    ),
  )

/** To be spread into a connector's strictObject, beside its `url`. */
export const httpFields = {
  ca: caField,
  allowNetworks: v.pipe(
    v.optional(v.array(v.pipe(v.string(), v.check(isNetwork, kitPhrases.noNetwork.en))), []),
    field(
      { en: 'Allowed networks', fr: 'Réseaux autorisés' },
      {
        en: 'Addresses that may be called although they are this machine or link-local, such as 127.0.0.1.',
        fr: 'Adresses qui peuvent être appelées bien qu’elles soient locales à cette machine ou au lien, par exemple 127.0.0.1.',
      },
    ),
  ),
  allowClearText: clearTextField,
  connectTimeoutMs: v.pipe(
    milliseconds(5_000),
    field(
      { en: 'Connect timeout', fr: 'Délai de connexion' },
      { en: 'Milliseconds to wait for a connection.', fr: 'Millisecondes d’attente d’une connexion.' },
    ),
  ),
  timeoutMs: timeoutField(10_000),
}

export interface HttpSettings {
  readonly url: string
  readonly ca: string | null
  readonly allowNetworks: readonly string[]
  readonly allowClearText: boolean
  readonly connectTimeoutMs: number
  readonly timeoutMs: number
}

/** For a check of the settings as a whole, with `clearTextMessage`. */
/** A URL that cannot be read is told as such, and by its own setting. */
export function isEncryptedOrHere({ url, allowClearText }: Pick<HttpSettings, 'url' | 'allowClearText'>): boolean {
  return (
    allowClearText ||
    !URL.canParse(url) ||
    /^https:/i.test(url) ||
    /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(new URL(url).hostname)
  )
}
export const clearTextMessage = kitPhrases.clearText.en

/** The target's own way out, with its authority, its networks and its deadlines. */
export function egressOf({ ca, allowNetworks, allowClearText, connectTimeoutMs, timeoutMs }: HttpSettings): Egress {
  return createEgress({ ca, allow: allowNetworks, allowClearText, connectTimeoutMs, timeoutMs })
}

/** The steps `name`, `tcp` and, for https, `tls` of a connection test. */
export function httpReachSteps({ reach }: Pick<Egress, 'reach'>, url: string): readonly Step[] {
  const { hostname, host, protocol } = new URL(url)
  const steps: Step[] = [
    { check: 'name', run: async () => kitPhrases.resolved({ host: hostname, address: await reach.name(url) }) },
    {
      check: 'tcp',
      run: async () => {
        await reach.tcp(url)
        return kitPhrases.hostListens({ host })
      },
    },
  ]
  if (protocol !== 'https:') return steps
  return [...steps, { check: 'tls', run: async () => kitPhrases.certificateAccepted({ protocol: await reach.tls(url) }) }]
}
