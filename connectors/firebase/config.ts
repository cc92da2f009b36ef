/** What an administrator says about the users of one Firebase project. The schema is both the validation and the dashboard's form. */
import * as v from 'valibot'
import { field, passwordAttributeField, secretField } from '#connectors/kit/form.ts'
import { clearTextMessage, httpFields, HttpUrl, isEncryptedOrHere } from '#connectors/kit/http-config.ts'
import { phrases } from './phrases.ts'

/** Where Google answers for Firebase Authentication. */
export const google = 'https://identitytoolkit.googleapis.com'

/** What a service account signs its requests for access tokens with: the file that Google's console gives, of which this much is used. */
export const ServiceAccount = v.object({
  client_email: v.pipe(v.string(), v.email()),
  private_key: v.pipe(v.string(), v.startsWith('-----BEGIN')),
  private_key_id: v.optional(v.string()),
  token_uri: v.optional(HttpUrl, 'https://oauth2.googleapis.com/token'),
})
export type ServiceAccount = v.InferOutput<typeof ServiceAccount>

const KeyFile = v.pipe(
  v.string(),
  v.check((text) => readKeyFile(text) !== null, phrases.keyFile.en),
)

export function readKeyFile(text: string): ServiceAccount | null {
  try {
    const parsed = v.safeParse(ServiceAccount, JSON.parse(text))
    return parsed.success ? parsed.output : null
  } catch {
    return null
  }
}

/** Names that Firebase and OpenID Connect keep for themselves in a token. */
const reserved = new Set(
  'acr amr at_hash aud auth_time azp cnf c_hash exp firebase iat iss jti nbf nonce sub'.split(' '), // firebase.google.com/docs/auth/admin/custom-claims
)
const claim = v.pipe(
  v.string(),
  v.regex(/^[\w-]{1,64}$/, phrases.claimForm.en),
  v.check((name) => !reserved.has(name), phrases.claimReserved.en),
)
const text = v.pipe(v.string(), v.nonEmpty(), v.maxLength(128))

export const FirebaseConfig = v.pipe(
  v.strictObject({
    projectId: v.pipe(
      v.string(),
      v.regex(/^[a-z][a-z0-9:.-]{2,62}$/, phrases.projectForm.en),
      field(
        { en: 'Project', fr: 'Projet' },
        { en: 'The project’s id, not its name.', fr: 'L’identifiant du projet, pas son nom.' },
      ),
    ),
    serviceAccount: v.pipe(
      v.optional(v.nullable(KeyFile), null),
      secretField(
        { en: 'Service account', fr: 'Compte de service' },
        {
          en: 'The JSON file of a service account with the role Firebase Authentication Admin.',
          fr: 'Le fichier JSON d’un compte de service ayant le rôle Firebase Authentication Admin.',
        },
      ),
    ),
    tenantId: v.pipe(
      v.optional(v.nullable(text), null),
      field(
        { en: 'Tenant', fr: 'Locataire' },
        {
          en: 'Of a project of Identity Platform with tenants: whose users these are.',
          fr: 'Dans un projet Identity Platform à plusieurs locataires : celui des utilisateurs.',
        },
      ),
    ),
    claims: v.pipe(
      v.optional(v.array(claim), []),
      field(
        { en: 'Claims', fr: 'Revendications' },
        {
          en: 'Custom claims of one value that rules set, as claims.NAME. Others are left alone.',
          fr: 'Revendications personnalisées à une valeur que les règles fixent, sous claims.NOM. Les autres ne sont pas touchées.',
        },
      ),
    ),
    listClaims: v.pipe(
      v.optional(v.array(claim), []),
      field(
        { en: 'List claims', fr: 'Revendications à liste' },
        { en: 'The same with several values.', fr: 'De même, à plusieurs valeurs.' },
      ),
    ),
    groupsClaim: v.pipe(
      v.optional(v.nullable(claim), null),
      field(
        { en: 'Claim of the groups', fr: 'Revendication des groupes' },
        {
          en: 'The custom claim that lists a user’s groups; left out: there are no memberships.',
          fr: 'La revendication qui énumère les groupes de l’utilisateur ; vide : pas d’appartenances.',
        },
      ),
    ),
    groups: v.pipe(
      v.optional(v.array(text), []),
      field(
        { en: 'Groups', fr: 'Groupes' },
        {
          en: 'The groups that exist, as Firebase knows none; left out: every name is one.',
          fr: 'Les groupes qui existent, Firebase n’en connaissant aucun ; vide : tout nom en est un.',
        },
      ),
    ),
    passwordAttribute: passwordAttributeField,
    emulator: v.pipe(
      v.optional(v.nullable(HttpUrl), null),
      field(
        { en: 'Emulator', fr: 'Émulateur' },
        {
          en: 'Where an Auth emulator answers, such as http://127.0.0.1:9099; it needs no service account. Left out: Google.',
          fr: 'Où répond un émulateur Auth, par exemple http://127.0.0.1:9099 ; il ne demande pas de compte de service. Vide : Google.',
        },
      ),
    ),
    ...httpFields,
  }),
  v.check(({ emulator, serviceAccount }) => emulator !== null || serviceAccount !== null, phrases.accountOrEmulator.en),
  v.check(({ claims, listClaims, groupsClaim }) => {
    const all = [...claims, ...listClaims, ...(groupsClaim === null ? [] : [groupsClaim])]
    return new Set(all).size === all.length
  }, phrases.claimTwice.en),
  v.check(
    ({ emulator, allowClearText }) => emulator === null || isEncryptedOrHere({ url: emulator, allowClearText }),
    clearTextMessage,
  ),
)
export type FirebaseConfig = v.InferOutput<typeof FirebaseConfig>

/** What the addresses of calls begin with. */
export const serviceUrl = ({ emulator }: Pick<FirebaseConfig, 'emulator'>) => (emulator ?? google).replace(/\/+$/, '')
