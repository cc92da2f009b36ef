/** What this connector says to people, beside what all say: what to do about a problem, what a test found, what is wrong with settings. */
import { phrasesOf } from '#core/phrase.ts'

export const phrases = phrasesOf('scim', {
  rights: {
    en: 'Give them the right to read and change users and groups.',
    fr: 'Donnez-leur le droit de lire et de modifier les utilisateurs et les groupes.',
  },
  saysNothing: {
    en: 'it does not say what it can (/ServiceProviderConfig)',
    fr: 'il ne dit pas ce qu’il sait faire (/ServiceProviderConfig)',
  },
  patches: {
    en: 'users and groups are changed by PATCH',
    fr: 'utilisateurs et groupes sont changés par PATCH',
  },
  replaces: {
    en: 'users and groups are read, changed and written back whole (PUT)',
    fr: 'utilisateurs et groupes sont lus, changés et réécrits en entier (PUT)',
  },
  etags: {
    en: 'it refuses a change of a user whom others changed meanwhile (ETag)',
    fr: 'il refuse le changement d’un utilisateur que d’autres ont modifié entre-temps (ETag)',
  },
  noEtags: {
    en: 'it does not promise ETags: a user is looked at just before being changed',
    fr: 'il ne promet pas d’ETag : un utilisateur est relu juste avant d’être changé',
  },
  noFilter: {
    en: 'it says that it cannot filter: accounts are then not found by their attributes, and everybody who is there already counts as missing',
    fr: 'il dit ne pas savoir filtrer : les comptes ne sont alors pas trouvés par leurs attributs, et qui s’y trouve déjà passe pour absent',
  },
  bulkUnused: {
    en: 'it takes several changes in one call (Bulk); the gateway makes each by itself, so that each can be undone',
    fr: 'il accepte plusieurs changements par appel (Bulk) ; la passerelle fait chacun à part, pour que chacun puisse être annulé',
  },
  noPasswordChange: {
    en: 'it says that passwords cannot be changed: one that a rule writes may be refused or dropped',
    fr: 'il dit que les mots de passe ne peuvent pas être changés : celui qu’une règle écrit peut être refusé ou perdu',
  },
  schemasAside: {
    en: 'Leave its /Schemas aside (discover: false).',
    fr: 'Laissez de côté ses /Schemas (discover: false).',
  },
  attributeNames: {
    en: 'Compare the attribute names in the rule set with the discovered schema.',
    fr: 'Comparez les noms d’attributs du jeu de règles avec le schéma découvert.',
  },
  correlate: {
    en: 'Correlate by userName or externalId.',
    fr: 'Rapprochez par userName ou externalId.',
  },
  urlEnd: {
    en: 'The URL usually ends in /scim/v2.',
    fr: 'L’URL se termine d’ordinaire par /scim/v2.',
  },
  usePut: {
    en: 'Choose put for updates of this target.',
    fr: 'Choisissez put pour les mises à jour de cette cible.',
  },
  groupNames: {
    en: 'Groups are written by their displayName.',
    fr: 'Les groupes s’écrivent par leur displayName.',
  },
  memberships: {
    en: 'See memberships of the target.',
    fr: 'Voyez memberships de la cible.',
  },
  attributePaths: {
    en: 'Compare the attribute names in the rule set with the discovered schema (name.givenName, emails.work, urn:…:User:department). What the schema leaves out can be added in the settings (attributes).',
    fr: 'Comparez les noms d’attributs du jeu de règles avec le schéma découvert (name.givenName, emails.work, urn:…:User:department). Ce que le schéma omet peut être ajouté dans les paramètres (attributes).',
  },
  leaveOut: {
    en: 'Leave it out of the rules; where the server’s schema is wrong, say so in the settings (attributes).',
    fr: 'Retirez-le des règles ; si le schéma du serveur est faux, dites-le dans les paramètres (attributes).',
  },
  nameItself: {
    en: 'Name the attribute itself; the type of a value (emails.work) needs no entry of its own.',
    fr: 'Nommez l’attribut lui-même ; le type d’une valeur (emails.work) n’a pas besoin d’une entrée à lui.',
  },
  url: {
    en: 'Check the URL of the target; it usually ends in /scim/v2. A wrong /Schemas can be left aside (discover).',
    fr: 'Vérifiez l’URL de la cible ; elle se termine d’ordinaire par /scim/v2. Des /Schemas faux peuvent être laissés de côté (discover).',
  },
  unique: {
    en: 'Correlate by userName or externalId, which are unique.',
    fr: 'Rapprochez par userName ou externalId, qui sont sans doublon.',
  },
  pathForm: {
    en: 'A path looks like title, name.givenName or urn:acme:2.0:User:badge',
    fr: 'Un chemin a la forme title, name.givenName ou urn:acme:2.0:User:badge',
  },
  ownAttribute: {
    en: 'The gateway itself looks after this attribute',
    fr: 'La passerelle s’occupe elle-même de cet attribut',
  },
  pathTwice: {
    en: 'Each path stands there once',
    fr: 'Chaque chemin n’y figure qu’une fois',
  },
  letIn: {
    en: 'the gateway is let in',
    fr: 'la passerelle est admise',
  },
  canRead: {
    en: 'users and groups can be read; whether they can be changed shows with the first change',
    fr: 'les utilisateurs et les groupes peuvent être lus ; s’ils peuvent être modifiés se verra au premier changement',
  },
  patched: {
    en: 'the schema is understood; users are patched',
    fr: 'le schéma est compris ; les utilisateurs sont modifiés par PATCH',
  },
  writtenBack: {
    en: 'the schema is understood; users are read, changed and written back',
    fr: 'le schéma est compris ; les utilisateurs sont lus, modifiés et réécrits',
  },
})
