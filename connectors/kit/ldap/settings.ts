/** The settings that every connector with a directory behind it has, with their words: how to reach it, who to be, how long to wait. */
import * as v from 'valibot'
import type { Text } from '#connectors/kit/connector.ts'
import { caField, clearTextField, field } from '#connectors/kit/form.ts'
import { isDn } from './dn.ts'
import { isEncrypted, isLoopback } from './endpoint.ts'
import { directoryPhrases } from './phrases.ts'

export const dn = (title: Text, help: Text) =>
  v.pipe(v.string(), v.nonEmpty(), v.check(isDn, directoryPhrases.noDn.en), field(title, help))

export const attributeName = v.pipe(v.string(), v.regex(/^[a-zA-Z][a-zA-Z0-9-]*$/, directoryPhrases.attributeForm.en))

const milliseconds = (title: Text, help: Text, standard: number) =>
  v.optional(v.pipe(v.number(), v.integer(), v.minValue(100), v.maxValue(600_000), field(title, help)), standard)

const Url = v.pipe(
  v.string(),
  v.regex(/^ldaps?:\/\/[^/?#@\s]+\/?$/i, directoryPhrases.urlForm.en),
  v.check((text) => URL.canParse(text), directoryPhrases.unreadableUrl.en),
  field(
    { en: 'URL', fr: 'URL' },
    {
      en: 'ldaps://host[:636], or ldap://host[:389] with StartTLS.',
      fr: 'ldaps://hôte[:636], ou ldap://hôte[:389] avec StartTLS.',
    },
  ),
)

export const connectionFields = {
  url: Url,
  startTls: v.optional(
    v.pipe(
      v.boolean(),
      field(
        { en: 'StartTLS', fr: 'StartTLS' },
        {
          en: 'Encrypts an ldap:// connection before anything else is sent.',
          fr: 'Chiffre une connexion ldap:// avant tout autre envoi.',
        },
      ),
    ),
    false,
  ),
  allowClearText: clearTextField,
  ca: caField,
}

export const loginFields = {
  bindDn: dn(
    { en: 'Bind DN', fr: 'DN de connexion' },
    { en: 'The service account of the gateway.', fr: 'Le compte de service de la passerelle.' },
  ),
  bindPassword: v.pipe(
    v.string(),
    v.nonEmpty(),
    field({ en: 'Bind password', fr: 'Mot de passe de connexion' }),
    v.metadata({ secret: true }),
  ),
}

export const groupBaseField = v.optional(
  v.nullable(
    dn(
      { en: 'Base of groups', fr: 'Base des groupes' },
      {
        en: 'Only groups below it are looked at and changed. Without it there are no memberships.',
        fr: 'Seuls les groupes situés dessous sont lus et modifiés. Sans elle, il n’y a pas d’appartenances.',
      },
    ),
  ),
  null,
)

export const limitFields = {
  connectTimeoutMs: milliseconds(
    { en: 'Connection timeout', fr: 'Délai de connexion' },
    { en: 'Milliseconds to connect and to bind.', fr: 'Millisecondes pour se connecter et s’authentifier.' },
    5_000,
  ),
  timeoutMs: milliseconds(
    { en: 'Operation timeout', fr: 'Délai d’une opération' },
    {
      en: 'Milliseconds after which an operation counts as lost.',
      fr: 'Millisecondes après lesquelles une opération est réputée perdue.',
    },
    15_000,
  ),
  poolSize: v.optional(
    v.pipe(
      v.number(),
      v.integer(),
      v.minValue(1),
      v.maxValue(64),
      field({ en: 'Connections at once', fr: 'Connexions simultanées' }),
    ),
    8,
  ),
}

interface Encryption {
  readonly url: string
  readonly startTls: boolean
  readonly allowClearText: boolean
}

export function refuseClearText<Input extends Encryption>() {
  return v.check<Input, string>(
    (settings) => isEncrypted(settings) || settings.allowClearText || isLoopback(settings.url),
    directoryPhrases.clearText.en,
  )
}

export function refuseDoubleTls<Input extends Encryption>() {
  return v.check<Input, string>(({ url, startTls }) => !(startTls && /^ldaps:/i.test(url)), directoryPhrases.doubleTls.en)
}
