/** What an administrator says about one Keycloak realm. The schema is both the validation and the dashboard's form. */
import * as v from 'valibot'
import { field, passwordAttributeField, secretField } from '#connectors/kit/form.ts'
import { clearTextMessage, httpFields, HttpUrl, isEncryptedOrHere } from '#connectors/kit/http-config.ts'

const name = v.pipe(v.string(), v.nonEmpty(), v.maxLength(255))

export const KeycloakConfig = v.pipe(
  v.strictObject({
    url: v.pipe(
      HttpUrl,
      field(
        { en: 'URL', fr: 'URL' },
        {
          en: 'Where Keycloak answers, without /realms or /admin, such as https://sso.example.org.',
          fr: 'Où Keycloak répond, sans /realms ni /admin, par exemple https://sso.example.org.',
        },
      ),
    ),
    realm: v.pipe(name, field({ en: 'Realm', fr: 'Royaume' }, { en: 'Whose users these are.', fr: 'Celui des utilisateurs.' })),
    clientId: v.pipe(
      name,
      field(
        { en: 'Client', fr: 'Client' },
        {
          en: 'A confidential client with a service account that has the role manage-users of realm-management.',
          fr: 'Un client confidentiel dont le compte de service a le rôle manage-users de realm-management.',
        },
      ),
    ),
    clientSecret: v.pipe(v.string(), v.nonEmpty(), secretField({ en: 'Client secret', fr: 'Secret du client' })),
    clientRealm: v.pipe(
      v.optional(v.nullable(name), null),
      field(
        { en: 'Realm of the client', fr: 'Royaume du client' },
        {
          en: 'Where the client is defined; left out: the realm itself.',
          fr: 'Où le client est défini ; vide : dans le royaume lui-même.',
        },
      ),
    ),
    roles: v.pipe(
      v.optional(v.boolean(), false),
      field(
        { en: 'Roles', fr: 'Rôles' },
        {
          en: 'Directly assigned roles count as memberships too, written role:name, or role:client/name.',
          fr: 'Les rôles attribués directement comptent aussi comme appartenances, écrits role:nom ou role:client/nom.',
        },
      ),
    ),
    passwordAttribute: passwordAttributeField,
    temporaryPasswords: v.pipe(
      v.optional(v.boolean(), false),
      field(
        { en: 'Temporary passwords', fr: 'Mots de passe provisoires' },
        {
          en: 'Whoever logs in with a password that the gateway set must choose another one.',
          fr: 'Qui se connecte avec un mot de passe fixé par la passerelle doit en choisir un autre.',
        },
      ),
    ),
    federatedUsers: v.pipe(
      v.optional(v.boolean(), false),
      field(
        { en: 'Change federated users', fr: 'Modifier les utilisateurs fédérés' },
        {
          en: 'Users that Keycloak takes from another directory are written there too: leave this off when the gateway writes that directory itself.',
          fr: 'Les utilisateurs que Keycloak tire d’un autre annuaire y sont écrits aussi : laissez désactivé si la passerelle écrit elle-même cet annuaire.',
        },
      ),
    ),
    attributes: v.pipe(
      v.optional(v.array(name), []),
      field(
        { en: 'Attributes of the rules', fr: 'Attributs des règles' },
        {
          en: 'The connection test fails when the realm would drop one of these.',
          fr: 'Le test de connexion échoue si le royaume en abandonnait un.',
        },
      ),
    ),
    ...httpFields,
  }),
  v.check((settings) => isEncryptedOrHere(settings), clearTextMessage),
)
export type KeycloakConfig = v.InferOutput<typeof KeycloakConfig>
