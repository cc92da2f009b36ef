/** What this connector says to people, beside what all say: what to do about a problem, what a test found, what is wrong with settings. */
import { phrasesOf } from '#core/phrase.ts'

export const phrases = phrasesOf('ldap', {
  severalUnits: {
    en: 'Disable by an attribute or by the password policy where people are spread over several units.',
    fr: 'Désactivez par un attribut ou par la politique des mots de passe quand les personnes sont réparties sur plusieurs unités.',
  },
  readSubschema: {
    en: 'Let the bind DN read the root entry and the subschema entry.',
    fr: 'Laissez le bind DN lire l’entrée racine et celle du sous-schéma.',
  },
  unique: {
    en: 'Correlate by attributes that are unique in the directory.',
    fr: 'Rapprochez par des attributs uniques dans l’annuaire.',
  },
  idAttribute: {
    en: 'Choose the immutable id that this directory has (idAttribute), and let the bind DN read it.',
    fr: 'Choisissez l’identifiant immuable que possède cet annuaire (idAttribute), et laissez le bind DN le lire.',
  },
  schema: {
    en: 'Check the rule set against the discovered schema.',
    fr: 'Comparez le jeu de règles avec le schéma découvert.',
  },
  ownOperations: {
    en: 'Memberships and the enabled state have operations of their own; other attributes may be listed in readOnly.',
    fr: 'Les appartenances et l’état d’activité ont leurs propres opérations ; d’autres attributs peuvent être listés dans readOnly.',
  },
  idAttributes: {
    en: 'OpenLDAP has entryUUID, 389 Directory Server has nsUniqueId.',
    fr: 'OpenLDAP a entryUUID, 389 Directory Server a nsUniqueId.',
  },
  ppolicy: {
    en: 'Load the ppolicy overlay, or choose another way to disable accounts.',
    fr: 'Chargez l’overlay ppolicy, ou choisissez une autre façon de désactiver les comptes.',
  },
  objectClass: ({ name }: { readonly name: string }) => ({
    en: `Correct ${name} in objectClasses of the target, or load its schema into the directory.`,
    fr: `Corrigez ${name} dans objectClasses de la cible, ou chargez son schéma dans l’annuaire.`,
  }),
  attribute: ({ name }: { readonly name: string }) => ({
    en: `Correct ${name} in the target’s settings, or load its schema into the directory.`,
    fr: `Corrigez ${name} dans les paramètres de la cible, ou chargez son schéma dans l’annuaire.`,
  }),
  bases: {
    en: 'the bases are there; whether they can be written shows with the first change',
    fr: 'les bases sont là ; si elles peuvent être écrites se verra au premier changement',
  },
  asserts: {
    en: 'it refuses a change of an entry that others changed meanwhile (RFC 4528)',
    fr: 'il refuse le changement d’une entrée que d’autres ont modifiée entre-temps (RFC 4528)',
  },
  looksInstead: {
    en: 'it cannot assert (RFC 4528): an entry is looked at just before it is changed',
    fr: 'il ne sait pas vérifier de condition (RFC 4528) : une entrée est relue juste avant d’être changée',
  },
  unnumbered: {
    en: 'it does not number the changes of an entry (entryCSN): that others changed one meanwhile goes unnoticed',
    fr: 'il ne numérote pas les changements d’une entrée (entryCSN) : que d’autres l’aient modifiée entre-temps passe inaperçu',
  },
  policies: {
    en: 'it has password policies: whose password an undo replaced must choose another at the next login',
    fr: 'il a des politiques de mots de passe : qui voit son mot de passe remplacé par une annulation doit en choisir un autre à la prochaine connexion',
  },
  noPolicies: {
    en: 'it has no password policies: nobody can be made to choose another password',
    fr: 'il n’a pas de politiques de mots de passe : personne ne peut être obligé d’en choisir un autre',
  },
  memberOf: {
    en: 'entries show the groups they are in (memberOf)',
    fr: 'les entrées montrent leurs groupes (memberOf)',
  },
  hiddenPasswords: {
    en: 'no password shows to the service account: an undo cannot put an old one back',
    fr: 'aucun mot de passe n’est visible du compte de service : une annulation ne peut pas remettre l’ancien',
  },
  fits: {
    en: 'the schema fits',
    fr: 'le schéma convient',
  },
  fitsUnasserted: {
    en: 'the schema fits; the server cannot assert (RFC 4528), so changes are checked just before they are made',
    fr: 'le schéma convient ; le serveur ne sait pas vérifier de condition (RFC 4528), les changements sont donc contrôlés juste avant d’être faits',
  },
})
