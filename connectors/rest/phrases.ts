/** What this connector says to people, beside what all say: what to do about a problem, what a test found, what is wrong with settings. */
import { phrasesOf } from '#core/phrase.ts'

export const phrases = phrasesOf('rest', {
  unique: {
    en: 'Correlate by an attribute that is unique.',
    fr: 'Rapprochez par un attribut sans doublon.',
  },
  addOperation: {
    en: 'Add it to the operations of the target, or leave such changes out of the rules.',
    fr: 'Ajoutez-la aux opérations de la cible, ou retirez ces changements des règles.',
  },
  success: {
    en: 'Compare success of the operation with what the API answers.',
    fr: 'Comparez success de l’opération avec ce que répond l’API.',
  },
  idPlace: {
    en: 'Say where it stands in account.id, and in result of the operation.',
    fr: 'Dites où il se trouve dans account.id, et dans result de l’opération.',
  },
  addToUpdate: {
    en: 'Add it to the body of update, or leave such changes out of the rules.',
    fr: 'Ajoutez-le au corps de update, ou retirez ces changements des règles.',
  },
  describe: {
    en: 'Describe their operations and where they are read, or leave such changes out of the rules.',
    fr: 'Décrivez leurs opérations et où elles sont lues, ou retirez ces changements des règles.',
  },
  idOrResult: {
    en: 'Check account.id, and result of the operation.',
    fr: 'Vérifiez account.id, et result de l’opération.',
  },
  attributePlace: {
    en: 'Say where it stands in account.attributes, and write it in the operations create and update.',
    fr: 'Dites où il se trouve dans account.attributes, et écrivez-le dans les opérations create et update.',
  },
  giveValue: {
    en: 'Give it a value in the rule set, or leave it out of the target’s operation.',
    fr: 'Donnez-lui une valeur dans le jeu de règles, ou retirez-le de l’opération de la cible.',
  },
  unproved: {
    en: 'the credentials are there; whether they are accepted shows with the first call',
    fr: 'les identifiants sont là ; s’ils sont acceptés se verra au premier appel',
  },
  listed: {
    en: 'the gateway is let in, and accounts can be listed',
    fr: 'la passerelle est admise, et les comptes peuvent être listés',
  },
  templateForm: {
    en: 'A template speaks of {{id}}, {{attributes.NAME}}, {{correlate.NAME}}, {{enabled}}, {{secret}}, {{group}}, {{groups[]}}, {{page}}, {{offset}}, {{pageSize}} or {{cursor}}',
    fr: 'Un modèle parle de {{id}}, {{attributes.NOM}}, {{correlate.NOM}}, {{enabled}}, {{secret}}, {{group}}, {{groups[]}}, {{page}}, {{offset}}, {{pageSize}} ou {{cursor}}',
  },
  pointerForm: {
    en: 'A JSON pointer looks like /data/0/name',
    fr: 'Un pointeur JSON a la forme /data/0/name',
  },
  pathForm: {
    en: 'A path begins with / and continues the URL of the target',
    fr: 'Un chemin commence par / et prolonge l’URL de la cible',
  },
  atEquals: {
    en: 'at and equals belong together',
    fr: 'at et equals vont ensemble',
  },
  unreadable: {
    en: 'A system that cannot be read (lookup and get) cannot be told to enable: nobody would know whether it is',
    fr: 'On ne peut demander d’activer à un système qui ne peut être lu (lookup et get) : personne ne saurait si c’est fait',
  },
  enabledOperations: {
    en: 'account.enabled needs the operations enable and disable, or an update whose body speaks of {{enabled}}',
    fr: 'account.enabled exige les opérations enable et disable, ou un update dont le corps parle de {{enabled}}',
  },
  membershipOperations: {
    en: 'account.memberships needs the operations addMembership and removeMembership',
    fr: 'account.memberships exige les opérations addMembership et removeMembership',
  },
})
