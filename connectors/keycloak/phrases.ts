/** What this connector says to people, beside what all say: what to do about a problem, what a test found, what is wrong with settings. */
import { phrasesOf } from '#core/phrase.ts'

export const phrases = phrasesOf('keycloak', {
  addToProfile: {
    en: 'Add it to the user profile of the realm, or allow unmanaged attributes there (for administrators is enough).',
    fr: 'Ajoutez-le au profil utilisateur du realm, ou autorisez-y les attributs non gérés (pour les administrateurs suffit).',
  },
  federated: {
    en: 'Change it in that directory, or allow it for this target (federatedUsers).',
    fr: 'Modifiez-le dans cet annuaire, ou autorisez-le pour cette cible (federatedUsers).',
  },
  manageUsers: {
    en: 'Give it the role manage-users of realm-management.',
    fr: 'Donnez-lui le rôle manage-users de realm-management.',
  },
  addAllToProfile: {
    en: 'Add them to the user profile of the realm, or allow unmanaged attributes there (for administrators is enough).',
    fr: 'Ajoutez-les au profil utilisateur du realm, ou autorisez-y les attributs non gérés (pour les administrateurs suffit).',
  },
  roles: {
    en: 'Give it the role manage-users of realm-management (and view-realm and view-clients where roles are memberships).',
    fr: 'Donnez-lui le rôle manage-users de realm-management (et view-realm et view-clients là où les rôles sont des appartenances).',
  },
  editUsername: {
    en: 'Allow the realm to edit user names (Realm settings, Login, Edit username).',
    fr: 'Autorisez le realm à modifier les noms d’utilisateur (Realm settings, Login, Edit username).',
  },
  profileRefuses: {
    en: 'Compare the value with the user profile of the realm.',
    fr: 'Comparez la valeur avec le profil utilisateur du realm.',
  },
  url: {
    en: 'Check the URL of the target; Keycloak 24 and later are understood.',
    fr: 'Vérifiez l’URL de la cible ; Keycloak 24 et plus récents sont compris.',
  },
  groupNames: {
    en: 'Groups are written by their path (/staff/paris), roles as role:name or role:client/name.',
    fr: 'Les groupes s’écrivent par leur chemin (/staff/paris), les rôles sous la forme role:nom ou role:client/nom.',
  },
  unique: {
    en: 'Correlate by username or email, which are unique.',
    fr: 'Rapprochez par username ou email, qui sont sans doublon.',
  },
  quoted: { en: 'Correlate by username or email.', fr: 'Rapprochez par username ou email.' },
  loggedIn: {
    en: 'the client is logged in',
    fr: 'le client est connecté',
  },
  canRead: {
    en: 'users can be read; whether they can be changed shows with the first one',
    fr: 'les utilisateurs peuvent être lus ; s’ils peuvent être modifiés se verra au premier',
  },
  canChange: {
    en: 'users can be changed',
    fr: 'les utilisateurs peuvent être modifiés',
  },
  keeps: {
    en: 'the user profile keeps what is written',
    fr: 'le profil utilisateur conserve ce qui est écrit',
  },
  keepsUnmanaged: {
    en: 'the realm keeps attributes that its user profile does not describe',
    fr: 'le realm garde les attributs que son profil utilisateur ne décrit pas',
  },
  dropsUnmanaged: {
    en: 'the realm drops attributes that its user profile does not describe, without a word: the connection test names those of the rules',
    fr: 'le realm perd sans un mot les attributs que son profil utilisateur ne décrit pas : le test de connexion nomme ceux des règles',
  },
})
