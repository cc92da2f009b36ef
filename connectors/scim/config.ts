/** What an administrator says about one SCIM server; validation and form at once. How servers differ from the RFCs are choices here. */
import * as v from 'valibot'
import { field } from '#connectors/kit/form.ts'
import { clearTextMessage, httpFields, HttpUrl, isEncryptedOrHere } from '#connectors/kit/http-config.ts'
import { isLoginComplete, loginFields, loginMessage } from '#connectors/kit/http-login.ts'
import { overridesField } from './overrides.ts'

const quirks = {
  discover: v.pipe(
    v.optional(v.boolean(), true),
    field(
      { en: 'Ask the server for its schema', fr: 'Demander son schéma au serveur' },
      {
        en: 'Off: the User and EnterpriseUser of RFC 7643, for servers without /Schemas, or with a wrong one.',
        fr: 'Désactivé : User et EnterpriseUser de la RFC 7643, pour un serveur sans /Schemas, ou dont il est faux.',
      },
    ),
  ),
  attributes: overridesField,
  update: v.pipe(
    v.optional(v.picklist(['auto', 'patch', 'put']), 'auto'),
    field(
      { en: 'Updates', fr: 'Mises à jour' },
      {
        en: 'auto asks the server whether it patches; put reads the resource, changes it and writes it back.',
        fr: 'auto demande au serveur s’il accepte PATCH ; put relit la ressource, la modifie et la réécrit.',
      },
    ),
  ),
  memberships: v.pipe(
    v.optional(v.picklist(['user', 'groups', 'none']), 'user'),
    field(
      { en: 'Memberships', fr: 'Appartenances' },
      {
        en: 'user: read from the user’s groups; groups: searched among the groups; none: there are none.',
        fr: 'user : lues dans les groupes de l’utilisateur ; groups : cherchées parmi les groupes ; none : il n’y en a pas.',
      },
    ),
  ),
  activeAsText: v.pipe(
    v.optional(v.boolean(), false),
    field(
      { en: 'active is a text', fr: 'active est un texte' },
      { en: 'Writes "True" and "False" instead of true and false.', fr: 'Écrit "True" et "False" au lieu de true et false.' },
    ),
  ),
}

export const ScimConfig = v.pipe(
  v.strictObject({
    url: v.pipe(
      HttpUrl,
      field(
        { en: 'URL', fr: 'URL' },
        {
          en: 'The base of the SCIM endpoints, such as https://app.example.org/scim/v2.',
          fr: 'La base des points d’accès SCIM, par exemple https://app.example.org/scim/v2.',
        },
      ),
    ),
    ...loginFields,
    ...quirks,
    ...httpFields,
  }),
  v.check((settings) => isEncryptedOrHere(settings), clearTextMessage),
  v.check((settings) => isLoginComplete(settings), loginMessage),
)
export type ScimConfig = v.InferOutput<typeof ScimConfig>
