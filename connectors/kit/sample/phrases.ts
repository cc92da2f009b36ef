/** What this connector says to people, beside what all say: what to do about a problem, what a test found, what is wrong with settings. */
import { phrasesOf } from '#core/phrase.ts'

export const phrases = phrasesOf('sample', {
  weak: {
    en: 'It wants eight characters at least.',
    fr: 'Il exige au moins huit caractères.',
  },
  key: {
    en: 'Make a new key in the system’s settings.',
    fr: 'Créez une nouvelle clé dans les paramètres du système.',
  },
  url: {
    en: 'Check the URL.',
    fr: 'Vérifiez l’URL.',
  },
  unique: {
    en: 'Correlate by an attribute that is unique.',
    fr: 'Rapprochez par un attribut sans doublon.',
  },
  listed: {
    en: 'the key is accepted, and accounts can be listed',
    fr: 'la clé est acceptée, et les comptes peuvent être listés',
  },
})
