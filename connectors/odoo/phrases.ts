/** What this connector says to people, beside what all say: what to do about a problem, what a test found, what is wrong with settings. */
import { phrasesOf } from '#core/phrase.ts'

export const phrases = phrasesOf('odoo', {
  url: {
    en: 'Check the URL of the target.',
    fr: 'Vérifiez l’URL de la cible.',
  },
  setField: ({ name }: { readonly name: string }) => ({
    en: `Let the rules set ${name}.`,
    fr: `Faites fixer ${name} par les règles.`,
  }),
  passwordLength: {
    en: 'Compare the password with Settings, Permissions, Minimum Password Length in Odoo.',
    fr: 'Comparez le mot de passe avec Paramètres, Permissions, Longueur minimale du mot de passe dans Odoo.',
  },
  disableInstead: {
    en: 'Disable it instead: Odoo archives it, and its documents keep their author.',
    fr: 'Désactivez-le plutôt : Odoo l’archive, et ses documents gardent leur auteur.',
  },
  groups: {
    en: 'Give it the groups Access Rights (base.group_erp_manager) and Contact / Creation (base.group_partner_manager).',
    fr: 'Donnez-lui les groupes Droits d’accès (base.group_erp_manager) et Contact / Création (base.group_partner_manager).',
  },
  database: {
    en: 'Check url and database of the target; Odoo 18 and before speak json-rpc.',
    fr: 'Vérifiez url et database de la cible ; Odoo 18 et antérieurs parlent json-rpc.',
  },
  log: {
    en: 'Odoo’s own log says more, at the time of this call.',
    fr: 'Le journal d’Odoo en dit plus, à l’heure de cet appel.',
  },
  apiKey: {
    en: 'Check login and apiKey of the target: a key ends on its date, and with its user.',
    fr: 'Vérifiez login et apiKey de la cible : une clé expire à sa date, et avec son utilisateur.',
  },
  fieldNames: {
    en: 'Rules name fields as Odoo does (developer mode shows their names); the README lists those that are left out.',
    fr: 'Les règles nomment les champs comme Odoo (le mode développeur montre leurs noms) ; la documentation du connecteur liste ceux qui sont laissés de côté.',
  },
  groupNames: {
    en: 'Groups are written by their external ids (base.group_system); those made by hand, which have none, by their full names (Sales / Helpers).',
    fr: 'Les groupes s’écrivent par leur identifiant externe (base.group_system) ; ceux faits à la main, qui n’en ont pas, par leur nom complet (Ventes / Aides).',
  },
  lookupTable: {
    en: 'Translate names into ids in the rules, by a lookup table.',
    fr: 'Traduisez les noms en identifiants dans les règles, par une table de correspondance.',
  },
  version: {
    en: 'Check the URL of the target; Odoo 14 and later are understood.',
    fr: 'Vérifiez l’URL de la cible ; Odoo 14 et plus récents sont compris.',
  },
  unique: {
    en: 'Correlate by login, which is unique.',
    fr: 'Rapprochez par login, qui est sans doublon.',
  },
  filled: {
    en: 'Correlate by a field of Odoo that every identity fills, such as login.',
    fr: 'Rapprochez par un champ d’Odoo que chaque identité remplit, comme login.',
  },
  knowsKey: {
    en: 'Odoo knows the key',
    fr: 'Odoo reconnaît la clé',
  },
  knowsKeyUntil: ({ day }: { readonly day: string }) => ({
    en: `Odoo knows the key, which ends on ${day}`,
    fr: `Odoo connaît la clé, qui expire le ${day}`,
  }),
  byJson2: {
    en: 'it is spoken to by JSON-2',
    fr: 'on lui parle en JSON-2',
  },
  byJsonRpc: {
    en: 'it is spoken to by JSON-RPC, which Odoo 19 still has and later versions drop',
    fr: 'on lui parle en JSON-RPC, qu’Odoo 19 a encore et que les versions suivantes abandonnent',
  },
  endUnknown: {
    en: 'it does not say when the key ends: note the date when you make one, and renew it before',
    fr: 'il ne dit pas quand la clé expire : notez la date en la créant, et renouvelez-la avant',
  },
  oneOfSeveral: {
    en: 'the gateway’s user has several keys; Odoo does not say which one this is, so the first that ends is told of: remove those that are not used',
    fr: 'l’utilisateur de la passerelle a plusieurs clés ; Odoo ne dit pas laquelle est celle-ci, c’est donc la première qui expire qui est signalée : retirez celles qui ne servent pas',
  },
  hasFields: {
    en: 'users have the fields that are written',
    fr: 'les utilisateurs ont les champs qui sont écrits',
  },
  canChange: {
    en: 'users and their contacts can be made, changed and deleted',
    fr: 'les utilisateurs et leurs contacts peuvent être créés, modifiés et supprimés',
  },
  databaseForm: {
    en: 'The name of a database of Odoo has letters, digits, and _ . - only',
    fr: 'Le nom d’une base d’Odoo ne contient que des lettres, des chiffres et _ . -',
  },
  keyForm: {
    en: 'A key has no spaces',
    fr: 'Une clé ne contient pas d’espace',
  },
  loginNeeded: {
    en: 'json-rpc needs the login of the gateway’s user',
    fr: 'json-rpc exige le login de l’utilisateur de la passerelle',
  },
})
