/** The usual ways to be let in over HTTP, as settings of a connector and as what is sent. Secrets stand at the top of a connector's settings. */
import type { TargetCache } from '#core/cache.ts'
import type { Egress } from '#core/egress.ts'
import * as v from 'valibot'
import { field, onlyWhen, secretField } from './form.ts'
import { basic, bearer, clientCredentials, fixedHeaders, type Authorization } from './http-authorization.ts'
import { kitPhrases } from './phrases.ts'

const text = v.pipe(v.string(), v.nonEmpty())
const secret = (en: string, fr: string) => v.pipe(v.optional(v.nullable(text), null), secretField({ en, fr }))
const maybe = (en: string, fr: string, help?: { en: string; fr: string }) =>
  v.pipe(v.optional(v.nullable(text), null), field({ en, fr }, help))

/** To be spread into a connector's strictObject, with a check by `isLoginComplete`. */
export const loginFields = {
  login: v.pipe(
    v.optional(v.picklist(['bearer', 'basic', 'header', 'client_credentials', 'none']), 'bearer'),
    field(
      { en: 'Login', fr: 'Connexion' },
      {
        en: 'How the gateway is let in: a bearer token, user and password, a token in a header of another name, or OAuth 2.0 client credentials.',
        fr: 'Comment la passerelle est admise : jeton bearer, utilisateur et mot de passe, jeton dans un en-tête d’un autre nom, ou OAuth 2.0 client credentials.',
      },
    ),
  ),
  token: v.pipe(secret('Token', 'Jeton'), onlyWhen('login', 'bearer', 'header')),
  tokenHeader: v.pipe(
    maybe('Header of the token', 'En-tête du jeton', {
      en: 'Such as X-Api-Key.',
      fr: 'Par exemple X-Api-Key.',
    }),
    onlyWhen('login', 'header'),
  ),
  user: v.pipe(maybe('User', 'Utilisateur'), onlyWhen('login', 'basic')),
  password: v.pipe(secret('Password', 'Mot de passe'), onlyWhen('login', 'basic')),
  tokenUrl: v.pipe(
    maybe('Token URL', 'URL des jetons', {
      en: 'Where access tokens are issued (OAuth 2.0 client credentials).',
      fr: 'Où les jetons d’accès sont émis (OAuth 2.0, client credentials).',
    }),
    onlyWhen('login', 'client_credentials'),
  ),
  clientId: v.pipe(maybe('Client', 'Client'), onlyWhen('login', 'client_credentials')),
  clientSecret: v.pipe(secret('Client secret', 'Secret du client'), onlyWhen('login', 'client_credentials')),
  scope: v.pipe(maybe('Scope', 'Portée'), onlyWhen('login', 'client_credentials')),
}

export type LoginSettings = v.InferOutput<v.ObjectSchema<typeof loginFields, undefined>>

const needed = {
  bearer: ['token'],
  basic: ['user', 'password'],
  header: ['token', 'tokenHeader'],
  client_credentials: ['tokenUrl', 'clientId', 'clientSecret'],
  none: [],
} as const satisfies Record<LoginSettings['login'], readonly (keyof LoginSettings)[]>

/** For a check of the settings as a whole, with `loginMessage`. */
export function isLoginComplete(settings: LoginSettings): boolean {
  return needed[settings.login].every((name) => settings[name] !== null)
}
export const loginMessage = kitPhrases.login.en

export interface LoginOptions {
  readonly egress: Pick<Egress, 'send'>
  readonly cache: TargetCache
}

export function loginOf(settings: LoginSettings, { egress, cache }: LoginOptions): Authorization {
  const { token, tokenHeader, user, password, tokenUrl, clientId, clientSecret, scope } = settings
  switch (settings.login) {
    case 'none':
      return fixedHeaders()
    case 'bearer':
      return bearer(token ?? '')
    case 'basic':
      return basic(user ?? '', password ?? '')
    case 'header':
      return fixedHeaders({ [tokenHeader ?? '']: token ?? '' })
    case 'client_credentials': {
      const client = { clientId: clientId ?? '', clientSecret: clientSecret ?? '' }
      return clientCredentials({ egress, cache, tokenUrl: tokenUrl ?? '', ...client, scope })
    }
  }
}
