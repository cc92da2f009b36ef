/** What this connector says to people, beside what all say: what to do about a problem, what a test found, what is wrong with settings. */
import { phrasesOf } from '#core/phrase.ts'

export const phrases = phrasesOf('active-directory', {
  accountName: {
    en: 'Let the rule make it with $login, which keeps to a length and to plain characters.',
    fr: 'Laissez la règle le former avec $login, qui respecte une longueur et des caractères simples.',
  },
  delegate: {
    en: 'Delegate it the rights that the README of the connector lists.',
    fr: 'Déléguez-lui les droits que liste la documentation du connecteur.',
  },
  useLdap: {
    en: 'Use the connector ldap for it.',
    fr: 'Utilisez le connecteur ldap pour cet annuaire.',
  },
  readSchema: {
    en: 'Let the service account read the schema, as every account of a domain may.',
    fr: 'Laissez le compte de service lire le schéma, comme tout compte d’un domaine le peut.',
  },
  unit: {
    en: 'Make the unit in the domain, or let the rule name one that exists.',
    fr: 'Créez l’unité d’organisation dans le domaine, ou nommez dans la règle une unité qui existe.',
  },
  otherBases: {
    en: 'Add it to otherBases of the target, or let the rule name another unit.',
    fr: 'Ajoutez-la à otherBases de la cible, ou nommez une autre unité dans la règle.',
  },
  reference: {
    en: 'References such as manager hold the DN of an object of the directory.',
    fr: 'Les renvois comme manager contiennent le DN d’un objet de l’annuaire.',
  },
  uniqueUpn: {
    en: 'userPrincipalName is unique in the forest: let the rule make it with $unique.',
    fr: 'userPrincipalName est unique dans la forêt : laissez la règle le former avec $unique.',
  },
  uniqueSpn: {
    en: 'servicePrincipalName is unique in the forest.',
    fr: 'servicePrincipalName est unique dans la forêt.',
  },
  uniqueName: {
    en: 'sAMAccountName is unique in the domain, cn in its unit: let the rule make them with $unique.',
    fr: 'sAMAccountName est unique dans le domaine, cn dans son unité : laissez la règle les former avec $unique.',
  },
  rights: {
    en: 'See the rights in the README of the connector.',
    fr: 'Voyez les droits dans la documentation du connecteur.',
  },
  bindPassword: {
    en: 'Check bindDn and bindPassword of the target, and the account in the domain.',
    fr: 'Vérifiez bindDn et bindPassword de la cible, et le compte dans le domaine.',
  },
  primaryGroup: ({ group }: { readonly group: string }) => ({
    en: `Let the rule set primaryGroupID to ${group} (Domain Users) in the same change.`,
    fr: `Laissez la règle mettre primaryGroupID à ${group} (Domain Users) dans le même changement.`,
  }),
  unique: {
    en: 'Correlate by attributes that are unique in the domain, such as sAMAccountName.',
    fr: 'Rapprochez par des attributs uniques dans le domaine, comme sAMAccountName.',
  },
  readAll: {
    en: 'Let the service account read all properties of the accounts.',
    fr: 'Laissez le compte de service lire toutes les propriétés des comptes.',
  },
  dayOrTime: {
    en: 'Write a day (2027-01-31) or a time (2027-01-31T18:00:00Z).',
    fr: 'Écrivez un jour (2027-01-31) ou un instant (2027-01-31T18:00:00Z).',
  },
  schema: {
    en: 'Check the rule set against the discovered schema.',
    fr: 'Comparez le jeu de règles avec le schéma découvert.',
  },
  ownOperations: {
    en: 'Memberships, the enabled state and the password have operations of their own; see the README of the connector.',
    fr: 'Les appartenances, l’état d’activité et le mot de passe ont leurs propres opérations ; voyez la documentation du connecteur.',
  },
  encrypt: {
    en: 'Use ldaps:// or StartTLS for this target.',
    fr: 'Utilisez ldaps:// ou StartTLS pour cette cible.',
  },
  correctAttributes: ({ attribute }: { readonly attribute: string }) => ({
    en: `Correct ${attribute} in attributes or readOnly of the target.`,
    fr: `Corrigez ${attribute} dans attributes ou readOnly de la cible.`,
  }),
  leaveToServer: ({ attribute }: { readonly attribute: string }) => ({
    en: `Take ${attribute} out of attributes of the target: the domain looks after it.`,
    fr: `Retirez ${attribute} des attributes de la cible : le domaine s’en occupe.`,
  }),
  mayMake: {
    en: 'accounts may be made; what may be written shows once there is one',
    fr: 'des comptes peuvent être créés ; ce qui peut être écrit se verra quand il y en aura un',
  },
  mayWrite: {
    en: 'accounts may be made and written, as far as the controller tells',
    fr: 'des comptes peuvent être créés et écrits, pour autant que le contrôleur le dise',
  },
  level: ({ level }: { readonly level: string }) => ({
    en: `the controller works at the functional level of Windows Server ${level}`,
    fr: `le contrôleur travaille au niveau fonctionnel de Windows Server ${level}`,
  }),
  recycleBin: {
    en: 'the domain has a recycle bin: a deleted account comes back with its attributes and groups',
    fr: 'le domaine a une corbeille : un compte supprimé revient avec ses attributs et ses groupes',
  },
  noRecycleBin: {
    en: 'the domain has no recycle bin: a deleted account comes back with what the gateway kept of it',
    fr: 'le domaine n’a pas de corbeille : un compte supprimé revient avec ce que la passerelle en a gardé',
  },
  fits: {
    en: 'the schema fits',
    fr: 'le schéma convient',
  },
  fitsInClear: {
    en: 'the schema fits; without encryption no password can be set',
    fr: 'le schéma convient ; sans chiffrement, aucun mot de passe ne peut être fixé',
  },
})
