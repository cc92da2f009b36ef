/**
 * What an administrator says about one domain. The schema is both the validation and the dashboard's form, so every field has a title and says
 * what it is for.
 */
import * as v from 'valibot'
import { field } from '#connectors/kit/form.ts'
import {
  attributeName,
  connectionFields,
  dn,
  groupBaseField,
  limitFields,
  loginFields,
  refuseClearText,
  refuseDoubleTls,
} from '#connectors/kit/ldap/settings.ts'

export const ActiveDirectoryConfig = v.pipe(
  v.strictObject({
    ...connectionFields,
    ...loginFields,
    bindDn: v.pipe(
      v.string(),
      v.nonEmpty(),
      field(
        { en: 'Service account', fr: 'Compte de service' },
        {
          en: 'The account of the gateway: its DN, or name@domain.',
          fr: 'Le compte de la passerelle : son DN, ou nom@domaine.',
        },
      ),
    ),
    peopleBase: dn(
      { en: 'Base of people', fr: 'Base des personnes' },
      {
        en: 'New accounts are made right under it unless a rule fills parent; existing ones are found anywhere below.',
        fr: 'Les nouveaux comptes sont créés juste en dessous sauf si une règle remplit parent ; les existants sont trouvés partout plus bas.',
      },
    ),
    otherBases: v.optional(
      v.pipe(
        v.array(
          dn(
            { en: 'Base', fr: 'Base' },
            { en: 'Accounts may stand below it, too.', fr: 'Des comptes peuvent aussi s’y trouver.' },
          ),
        ),
        field(
          { en: 'Other bases', fr: 'Autres bases' },
          {
            en: 'Further units where accounts stand or move to, such as one of leavers.',
            fr: 'D’autres unités où se trouvent des comptes ou vers lesquelles ils sont déplacés, par exemple celle des départs.',
          },
        ),
      ),
      [],
    ),
    groupBase: groupBaseField,
    objectClass: v.optional(
      v.pipe(
        v.picklist(['user', 'inetOrgPerson']),
        field({ en: 'Object class of a new account', fr: 'Classe d’objet d’un nouveau compte' }),
      ),
      'user',
    ),
    attributes: v.optional(
      v.pipe(
        v.array(attributeName),
        field(
          { en: 'Attributes that rules write', fr: 'Attributs écrits par les règles' },
          {
            en: 'The connection test looks whether the schema has them and the service account may write them.',
            fr: 'Le test de connexion vérifie que le schéma les connaît et que le compte de service peut les écrire.',
          },
        ),
      ),
      [],
    ),
    readOnly: v.optional(
      v.pipe(v.array(attributeName), field({ en: 'Attributes that are never written', fr: 'Attributs jamais écrits' })),
      [],
    ),
    ...limitFields,
  }),
  refuseClearText(),
  refuseDoubleTls(),
)
export type ActiveDirectoryConfig = v.InferOutput<typeof ActiveDirectoryConfig>
