/** What this connector says to people, beside what all say: what to do about a problem, what a test found, what is wrong with settings. */
import { phrasesOf } from '#core/phrase.ts'

export const phrases = phrasesOf('firebase', {
  setOne: {
    en: 'Let the rules set one of them.',
    fr: 'Faites fixer l’un d’eux par les règles.',
  },
  createByHand: {
    en: 'Look at the user’s values in the request, and create it by hand.',
    fr: 'Regardez les valeurs de l’utilisateur dans la demande, et créez-le à la main.',
  },
  keyAndClock: {
    en: 'Check that the key still exists in the console of Google Cloud, and the clock of this machine.',
    fr: 'Vérifiez que la clé existe encore dans la console Google Cloud, et l’horloge de cette machine.',
  },
  pasteKey: {
    en: 'Paste the JSON file of the service account as Google’s console gives it.',
    fr: 'Collez le fichier JSON du compte de service tel que la console de Google le donne.',
  },
  weak: {
    en: 'Firebase wants six characters at least; the project’s own policy may want more.',
    fr: 'Firebase exige au moins six caractères ; la politique du projet peut en exiger plus.',
  },
  project: {
    en: 'Check projectId and tenantId, and that Authentication is set up in Firebase’s console.',
    fr: 'Vérifiez projectId et tenantId, et qu’Authentication est configuré dans la console Firebase.',
  },
  role: {
    en: 'Give it the role Firebase Authentication Admin (roles/firebaseauth.admin).',
    fr: 'Donnez-lui le rôle Firebase Authentication Admin (roles/firebaseauth.admin).',
  },
  provider: {
    en: 'Allow Email/Password (and Phone) as sign-in providers in Firebase’s console.',
    fr: 'Autorisez Email/Password (et Phone) comme fournisseurs de connexion dans la console Firebase.',
  },
  written: {
    en: 'Rules write email, emailVerified, displayName, photoURL, phoneNumber and claims.NAME of the claims in the target’s settings.',
    fr: 'Les règles écrivent email, emailVerified, displayName, photoURL, phoneNumber et claims.NOM pour les claims des paramètres de la cible.',
  },
  otherAddress: {
    en: 'Give the user another one, or delete the user.',
    fr: 'Donnez une autre adresse à l’utilisateur, ou supprimez-le.',
  },
  nameGroupsClaim: {
    en: 'Name the custom claim that lists groups (groupsClaim).',
    fr: 'Nommez la custom claim qui liste les groupes (groupsClaim).',
  },
  groups: {
    en: 'The groups that exist stand in the target’s settings (groups).',
    fr: 'Les groupes qui existent figurent dans les paramètres de la cible (groups).',
  },
  claimSize: {
    en: 'Keep few groups and short values in claims; the rest belongs into a database.',
    fr: 'Gardez peu de groupes et des valeurs courtes dans les claims ; le reste va dans une base de données.',
  },
  otherWriter: {
    en: 'Compare claims, listClaims and groupsClaim with what else writes this claim.',
    fr: 'Comparez claims, listClaims et groupsClaim avec ce qui écrit aussi cette claim.',
  },
  unsetEmulator: {
    en: 'Unset it, and give the one target that is meant the address of its emulator (emulator).',
    fr: 'Supprimez-la, et donnez à la seule cible concernée l’adresse de son émulateur (emulator).',
  },
  correlate: {
    en: "Correlate by one of these (the rule set's correlate).",
    fr: 'Rapprochez par l’un de ceux-ci (correlate, dans le jeu de règles).',
  },
  letIn: {
    en: 'the service account is let in',
    fr: 'le compte de service est admis',
  },
  emulator: {
    en: 'the emulator lets everybody in',
    fr: 'l’émulateur admet tout le monde',
  },
  notReal: {
    en: 'it is an emulator: it lets everybody in, has no quota, and forgets',
    fr: 'c’est un émulateur : il admet tout le monde, n’a pas de quota, et oublie',
  },
  canRead: {
    en: 'users can be read; whether they can be changed shows with the first one',
    fr: 'les utilisateurs peuvent être lus ; s’ils peuvent être modifiés se verra au premier',
  },
  keyFile: {
    en: 'Paste the whole JSON file of a service account; it names client_email, private_key and token_uri',
    fr: 'Collez le fichier JSON entier d’un compte de service ; il nomme client_email, private_key et token_uri',
  },
  claimForm: {
    en: 'A claim is named by letters, digits, _ and -',
    fr: 'Le nom d’une claim est fait de lettres, de chiffres, de _ et de -',
  },
  claimReserved: {
    en: 'Firebase keeps this claim for itself',
    fr: 'Firebase se réserve cette claim',
  },
  projectForm: {
    en: 'A project id looks like my-project-1234',
    fr: 'Un identifiant de projet a la forme mon-projet-1234',
  },
  accountOrEmulator: {
    en: 'Give a service account (serviceAccount), or the address of an emulator',
    fr: 'Donnez un compte de service (serviceAccount), ou l’adresse d’un émulateur',
  },
  claimTwice: {
    en: 'A claim stands in one place only: claims, listClaims or groupsClaim',
    fr: 'Une claim ne figure qu’à un endroit : claims, listClaims ou groupsClaim',
  },
})
