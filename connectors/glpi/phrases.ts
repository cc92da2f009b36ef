/** What this connector says to people, beside what all say: what to do about a problem, what a test found, what is wrong with settings. */
import { phrasesOf } from '#core/phrase.ts'

export const phrases = phrasesOf('glpi', {
  setName: {
    en: 'Let the rules set name.',
    fr: 'Faites fixer name par les règles.',
  },
  trashed: {
    en: 'Purge or restore that user in GLPI, or allow the target to bring users back (restoreTrashed).',
    fr: 'Purgez ou restaurez cet utilisateur dans GLPI, ou autorisez la cible à reprendre des utilisateurs (restoreTrashed).',
  },
  passwordPolicy: {
    en: 'Compare with Setup, General, Security in GLPI; GLPI’s own log (files/_log) says more.',
    fr: 'Comparez avec Configuration, Générale, Sécurité dans GLPI ; le journal de GLPI (files/_log) en dit plus.',
  },
  rights: {
    en: 'Give its profile the rights that the README of the connector names.',
    fr: 'Donnez à son profil les droits que nomme la documentation du connecteur.',
  },
  apiToken: {
    en: 'Take a new API token from the user’s page.',
    fr: 'Prenez un nouveau jeton d’API sur la fiche de l’utilisateur.',
  },
  activeUser: {
    en: 'Check that the user is active and has a profile.',
    fr: 'Vérifiez que l’utilisateur est actif et a un profil.',
  },
  apiClient: {
    en: 'Check the API client in GLPI.',
    fr: 'Vérifiez le client d’API dans GLPI.',
  },
  appToken: {
    en: 'Give the target the token of the API client (appToken).',
    fr: 'Donnez à la cible le jeton du client d’API (appToken).',
  },
  clientAddress: {
    en: 'Add the address to the API client (Setup, General, API).',
    fr: 'Ajoutez l’adresse au client d’API (Configuration, Générale, API).',
  },
  log: {
    en: 'GLPI’s own log (files/_log) says why.',
    fr: 'Le journal de GLPI (files/_log) dit pourquoi.',
  },
  writable: {
    en: 'The schema of the target lists those that it writes.',
    fr: 'Le schéma de la cible liste ceux qu’elle écrit.',
  },
  cleanLogin: {
    en: 'Clean the login in the rule that computes it ($login).',
    fr: 'Nettoyez l’identifiant dans la règle qui le calcule ($login).',
  },
  url: {
    en: 'Check the URL of the target; it ends in /apirest.php, or in /api.php/v1 (GLPI 11).',
    fr: 'Vérifiez l’URL de la cible ; elle se termine par /apirest.php, ou par /api.php/v1 (GLPI 11).',
  },
  shortUrl: {
    en: 'Check the URL of the target; it ends in /apirest.php.',
    fr: 'Vérifiez l’URL de la cible ; elle se termine par /apirest.php.',
  },
  profiles: {
    en: 'Allow them in the target’s settings (profiles).',
    fr: 'Autorisez-les dans les paramètres de la cible (profiles).',
  },
  groupNames: {
    en: 'Groups are written by their whole path (Head office > IT), profiles as profile:Technician.',
    fr: 'Les groupes s’écrivent par leur chemin entier (Siège > Informatique), les profils sous la forme profile:Technician.',
  },
  unique: {
    en: 'Correlate by name, which is unique.',
    fr: 'Rapprochez par name, qui est sans doublon.',
  },
  session: {
    en: 'a session was opened',
    fr: 'une session a été ouverte',
  },
  canRead: {
    en: 'users can be read; whether they can be changed shows with the first one',
    fr: 'les utilisateurs peuvent être lus ; s’ils peuvent être modifiés se verra au premier',
  },
  tokenForm: {
    en: 'A token has no spaces',
    fr: 'Un jeton ne contient pas d’espace',
  },
})
