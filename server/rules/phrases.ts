/** Why something does not become of a version of rules, for people. */
import { phrasesOf } from '#core/phrase.ts'
import type { RuleVersionState } from '../api/rule-types.ts'

interface Version {
  readonly version: string
}

interface Overtaken extends Version {
  readonly inForce: string
}

interface By extends Version {
  readonly by: string
}

const inFrench: Readonly<Record<RuleVersionState, string>> = {
  draft: 'un brouillon',
  in_review: 'en relecture',
  approved: 'approuvée',
  scheduled: 'programmée',
  published: 'publiée',
  superseded: 'remplacée',
  rejected: 'refusée',
  withdrawn: 'retirée',
}

function stateWords(state: string): string {
  return Object.hasOwn(inFrench, state) ? inFrench[state as RuleVersionState] : state
}

export const lifePhrases = phrasesOf('life', {
  noRuleSet: { en: 'there is no such rule set', fr: 'il n’y a pas de tel jeu de règles' },
  noVersion: { en: 'there is no such version of this rule set', fr: 'ce jeu de règles n’a pas de telle version' },
  noDraft: { en: 'there is no draft of this rule set', fr: 'ce jeu de règles n’a pas de brouillon' },
  nameTaken: { en: 'there is a rule set of this name', fr: 'un jeu de règles porte déjà ce nom' },
  otherName: {
    en: 'save a draft of it, or choose another name',
    fr: 'enregistrez-en un brouillon, ou choisissez un autre nom',
  },
  state: ({ version, state }: Version & { readonly state: string }) => ({
    en: `version ${version} is ${state.replace('_', ' ')}`,
    fr: `la version ${version} est ${stateWords(state)}`,
  }),
  goOn: { en: 'withdraw it, or go on from where it is', fr: 'retirez-la, ou continuez d’où elle en est' },
  restoreIt: {
    en: 'restore it: that makes a draft of the same text',
    fr: 'restaurez-la : cela fait un brouillon du même texte',
  },
  overtaken: ({ version, inForce }: Overtaken) => ({
    en: `version ${inForce} came into force after version ${version} was begun`,
    fr: `la version ${inForce} est entrée en vigueur après le début de la version ${version}`,
  }),
  compare: ({ version, inForce }: Overtaken) => ({
    en: `compare them (diff?from=${version}&to=${inForce}), and restore version ${version} if it shall take that one’s place`,
    fr: `comparez-les (diff?from=${version}&to=${inForce}), et restaurez la version ${version} si elle doit prendre sa place`,
  }),
  newer: ({ version, inForce }: Overtaken) => ({
    en: `version ${inForce} came into force after version ${version}`,
    fr: `la version ${inForce} est entrée en vigueur après la version ${version}`,
  }),
  beginAnew: ({ version, inForce }: Overtaken) => ({
    en: `begin with version ${inForce}, or restore version ${version}`,
    fr: `commencez par la version ${inForce}, ou restaurez la version ${version}`,
  }),
  problems: ({ version, count }: Version & { readonly count: string }) => ({
    en: `version ${version} has ${count} problem${count === '1' ? '' : 's'}: it cannot be used`,
    fr: `la version ${version} a ${count} problème${count === '1' ? '' : 's'} : on ne peut pas s’en servir`,
  }),
  mend: { en: 'mend what its check says', fr: 'corrigez ce que dit sa vérification' },
  red: ({ version, count }: Version & { readonly count: string }) => ({
    en: `${count} of the tests of version ${version} ${count === '1' ? 'is' : 'are'} red`,
    fr: `${count} des essais de la version ${version} ${count === '1' ? 'est' : 'sont'} en échec`,
  }),
  mendOrOverride: {
    en: 'mend the rules or the tests; whoever has the right rules:override may publish it with a reason',
    fr: 'corrigez les règles ou les essais ; qui a le droit rules:override peut la publier avec une raison',
  },
  untried: ({ version, count }: Version & { readonly count: string }) => ({
    en: `the tests of version ${version} cannot be run: it has ${count} problems`,
    fr: `les essais de la version ${version} ne peuvent pas être lancés, à cause de ses problèmes : ${count}`,
  }),
  unreviewed: ({ version }: Version) => ({
    en: `somebody else than its authors must approve version ${version} first`,
    fr: `quelqu’un d’autre que ses auteurs doit d’abord approuver la version ${version}`,
  }),
  waits: { en: 'it waits for its reviewer', fr: 'elle attend d’être relue' },
  submit: { en: 'submit it for review', fr: 'soumettez-la à relecture' },
  own: {
    en: 'whoever had a hand in a version does not review it',
    fr: 'qui a mis la main à une version ne la relit pas',
  },
  savedMeanwhile: ({ by, version, at, revision }: By & { readonly at: string; readonly revision: string }) => ({
    en: `${by} saved version ${version} at ${at}, as revision ${revision}`,
    fr: `${by} a enregistré la version ${version} à ${at}, comme révision ${revision}`,
  }),
  bringTogether: {
    en: 'look at it as it is now; to save, bring the two together and give its version as base, with its revision',
    fr: 'voyez-la telle qu’elle est ; pour enregistrer, réunissez les deux et donnez sa version comme base, avec sa révision',
  },
  othersDraft: ({ by, version }: By) => ({ en: `${by} writes version ${version}`, fr: `${by} écrit la version ${version}` }),
  finishFirst: { en: 'publish or withdraw it first', fr: 'publiez-la ou retirez-la d’abord' },
  isDraft: ({ version }: Version) => ({
    en: `version ${version} is a draft already`,
    fr: `la version ${version} est déjà un brouillon`,
  }),
  momentOver: { en: 'the moment of the publication is over', fr: 'le moment de la publication est passé' },
  publishNow: { en: 'leave it out to publish now', fr: 'omettez-le pour publier maintenant' },
})
