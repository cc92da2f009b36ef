/** What may come of planning a request with rules that are right in themselves, and what the tests of rules find. */
import { phrasesOf } from '#core/phrase.ts'
import { kindWords } from './words.ts'

export const runPhrases = phrasesOf('run', {
  condition: ({ found }: { readonly found: string }) => ({
    en: `a condition must be true or false, found ${kindWords(found).en}`,
    fr: `une condition doit être true ou false ; trouvé : ${kindWords(found).fr}`,
  }),
  notSecret: {
    en: 'an attribute with `secret: true` carries a secret of the request and nothing else, such as `value: password`',
    fr: 'un attribut avec `secret: true` porte un secret de la demande et rien d’autre, par exemple `value: password`',
  },
  noCorrelation: {
    en: 'an attribute that finds the account has no value',
    fr: 'un attribut qui trouve le compte n’a pas de valeur',
  },
  noValue: {
    en: 'the attribute has no value and its rule says `onNull: error`',
    fr: 'l’attribut n’a pas de valeur et sa règle dit `onNull: error`',
  },
  manyPeople: ({ most }: { readonly most: string }) => ({
    en: `more than ${most} people are named`,
    fr: `plus de ${most} personnes sont nommées`,
  }),
  noTable: ({ name }: { readonly name: string }) => ({
    en: `there is no lookup table "${name}"`,
    fr: `il n’y a pas de table de correspondance « ${name} »`,
  }),
  approvalReserves: { en: 'an approval reserves nothing', fr: 'une approbation ne réserve rien' },
  noFreeValue: ({ count, namespaces }: { readonly count: string; readonly namespaces: string }) => ({
    en: `$unique found no free value among ${count} candidates in ${namespaces}`,
    fr: `$unique n’a trouvé aucune valeur libre parmi ${count} candidats dans ${namespaces}`,
  }),
  tooLong: ({ milliseconds }: { readonly milliseconds: string }) => ({
    en: `the rules took longer than ${milliseconds} ms and were stopped`,
    fr: `les règles ont pris plus de ${milliseconds} ms et ont été arrêtées`,
  }),
  tooMuchMemory: {
    en: 'the rules used too much memory and were stopped; does the expression make very long texts or lists?',
    fr: 'les règles ont pris trop de mémoire et ont été arrêtées ; l’expression fait-elle de très longs textes ou listes ?',
  },
  broken: { en: 'the rules broke their sandbox process', fr: 'les règles ont fait échouer leur processus isolé' },
  deadSimulation: ({ times }: { readonly times: string }) => ({
    en: `it was begun ${times} times, and nothing came of it: its workers died, or could not run rules`,
    fr: `elle a été commencée ${times} fois sans aboutir : ses processus sont morts, ou n’ont pas pu exécuter les règles`,
  }),
  readLog: {
    en: 'look into the workers’ log, and begin another one',
    fr: 'regardez le journal des processus, et commencez-en une autre',
  },
  slowSimulation: ({ count }: { readonly count: string }) => ({
    en: `${count} plans took too long and were stopped; the rest was not tried`,
    fr: `${count} plans ont pris trop de temps et ont été arrêtés ; le reste n’a pas été essayé`,
  }),
  lookAtFailing: {
    en: 'look at what is failing: its problem names the expression',
    fr: 'regardez ce qui échoue : le problème nomme l’expression',
  },
  noExplained: {
    en: 'the rule set computes nothing at this path',
    fr: 'le jeu de règles ne calcule rien à cet endroit',
  },
})

export const casePhrases = phrasesOf('case', {
  none: { en: 'none', fr: 'aucune' },
  nothing: { en: 'nothing', fr: 'rien' },
  step: { en: 'a step', fr: 'une étape' },
  noValue: { en: 'no value', fr: 'aucune valeur' },
})
