/** What an administrator says about one database of Odoo. The schema is both the validation and the dashboard's form. */
import * as v from 'valibot'
import { field, onlyWhen, passwordAttributeField, secretField } from '#connectors/kit/form.ts'
import { clearTextMessage, httpFields, HttpUrl, isEncryptedOrHere, timeoutField } from '#connectors/kit/http-config.ts'
import { phrases } from './phrases.ts'

const name = v.pipe(v.string(), v.nonEmpty(), v.maxLength(255))

export const OdooConfig = v.pipe(
  v.strictObject({
    url: v.pipe(
      HttpUrl,
      field(
        { en: 'URL', fr: 'URL' },
        {
          en: 'Where Odoo answers, without /web, such as https://erp.example.org.',
          fr: 'Où Odoo répond, sans /web, par exemple https://erp.example.org.',
        },
      ),
    ),
    database: v.pipe(
      v.string(),
      v.regex(/^[\w.-]{1,100}$/, phrases.databaseForm.en),
      field({ en: 'Database', fr: 'Base de données' }, { en: 'Whose users these are.', fr: 'Celle des utilisateurs.' }),
    ),
    protocol: v.pipe(
      v.optional(v.picklist(['json-2', 'json-rpc']), 'json-2'),
      field(
        { en: 'Protocol', fr: 'Protocole' },
        {
          en: 'json-2 for Odoo 19 and later, json-rpc for Odoo 18 and before.',
          fr: 'json-2 pour Odoo 19 et suivants, json-rpc pour Odoo 18 et avant.',
        },
      ),
    ),
    login: v.pipe(
      v.optional(v.nullable(name), null),
      field(
        { en: 'Login', fr: 'Identifiant' },
        {
          en: 'Of the gateway’s own user, to whom the key belongs.',
          fr: 'Celui de l’utilisateur de la passerelle, à qui la clé appartient.',
        },
      ),
      onlyWhen('protocol', 'json-rpc'),
    ),
    apiKey: v.pipe(
      v.string(),
      v.regex(/^[\x21-\x7e]+$/, phrases.keyForm.en),
      secretField(
        { en: 'API key', fr: 'Clé d’API' },
        {
          en: 'Of the gateway’s own user, from its preferences (Security, New API Key). It ends on its date: renew it before.',
          fr: 'Celle de l’utilisateur de la passerelle, prise dans ses préférences (Sécurité, Nouvelle clé API). Elle expire à sa date : renouvelez-la avant.',
        },
      ),
    ),
    passwordAttribute: passwordAttributeField,
    attributes: v.pipe(
      v.optional(v.array(name), []),
      field(
        { en: 'Attributes of the rules', fr: 'Attributs des règles' },
        {
          en: 'The connection test fails when the users of this database have no such field that can be written.',
          fr: 'Le test de connexion échoue si les utilisateurs de cette base n’ont pas ces champs, modifiables.',
        },
      ),
    ),
    ...httpFields,
    // Odoo tries a call that met another one five times by itself, which takes up to half a minute: who gives up before that has only lost sight of it.
    timeoutMs: timeoutField(60_000, 60_000),
  }),
  v.check(({ protocol, login }) => protocol === 'json-2' || login !== null, phrases.loginNeeded.en),
  v.check((settings) => isEncryptedOrHere(settings), clearTextMessage),
)
export type OdooConfig = v.InferOutput<typeof OdooConfig>
