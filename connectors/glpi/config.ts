/** What an administrator says about one GLPI. The schema is both the validation and the dashboard's form. */
import * as v from 'valibot'
import { field, passwordAttributeField, secretField } from '#connectors/kit/form.ts'
import { clearTextMessage, httpFields, HttpUrl, isEncryptedOrHere } from '#connectors/kit/http-config.ts'
import { phrases } from './phrases.ts'

const token = v.pipe(v.string(), v.regex(/^[\x21-\x7e]+$/, phrases.tokenForm.en))

export const GlpiConfig = v.pipe(
  v.strictObject({
    url: v.pipe(
      HttpUrl,
      field(
        { en: 'URL', fr: 'URL' },
        {
          en: 'Of the REST API, such as https://glpi.example.org/apirest.php; in GLPI 11 also …/api.php/v1.',
          fr: 'Celle de l’API REST, par exemple https://glpi.example.org/apirest.php ; dans GLPI 11 aussi …/api.php/v1.',
        },
      ),
    ),
    userToken: v.pipe(
      token,
      secretField(
        { en: 'User token', fr: 'Jeton de l’utilisateur' },
        {
          en: 'The API token of the gateway’s own user, from its page in GLPI (Remote access keys).',
          fr: 'Le jeton d’API de l’utilisateur de la passerelle, pris sur sa page dans GLPI (Clefs d’accès distant).',
        },
      ),
    ),
    appToken: v.pipe(
      v.optional(v.nullable(token), null),
      secretField(
        { en: 'Application token', fr: 'Jeton d’application' },
        {
          en: 'Of the API client that GLPI has for the gateway (Setup, General, API), where it asks for one.',
          fr: 'Celui du client d’API que GLPI a pour la passerelle (Configuration, Générale, API), s’il en demande un.',
        },
      ),
    ),
    profiles: v.pipe(
      v.optional(v.boolean(), false),
      field(
        { en: 'Profiles', fr: 'Profils' },
        {
          en: 'Profiles in the root entity count as memberships too, written profile:Technician.',
          fr: 'Les profils dans l’entité racine comptent aussi comme appartenances, écrits profile:Technician.',
        },
      ),
    ),
    restoreTrashed: v.pipe(
      v.optional(v.boolean(), true),
      field(
        { en: 'Bring users back from the trash', fr: 'Sortir les utilisateurs de la corbeille' },
        {
          en: 'A creation that meets a user of the same login in the trash brings that one back, without its groups and profiles. Off: it is refused.',
          fr: 'Une création qui trouve dans la corbeille un utilisateur du même identifiant le fait revenir, sans ses groupes ni ses profils. Désactivé : elle est refusée.',
        },
      ),
    ),
    passwordAttribute: passwordAttributeField,
    ...httpFields,
  }),
  v.check((settings) => isEncryptedOrHere(settings), clearTextMessage),
)
export type GlpiConfig = v.InferOutput<typeof GlpiConfig>
