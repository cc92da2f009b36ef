/** What may be wrong with a document of rules or of cases, wherever in it. */
import { phrasesOf } from '#core/phrase.ts'
import { expectedWords, kindWords } from './words.ts'

interface Named {
  readonly name: string
}

export const documentPhrases = phrasesOf('document', {
  tooLong: ({ most }: { readonly most: string }) => ({
    en: `the document is longer than ${most} characters`,
    fr: `le document a plus de ${most} caractères`,
  }),
  tooManyExpressions: ({ most }: { readonly most: string }) => ({
    en: `a rule set holds at most ${most} expressions`,
    fr: `un jeu de règles a ${most} expressions au plus`,
  }),
  tooManyTables: ({ most }: { readonly most: string }) => ({
    en: `a rule set reads at most ${most} lookup tables`,
    fr: `un jeu de règles lit ${most} tables de correspondance au plus`,
  }),
  problems: ({ count }: { readonly count: string }) => ({
    en: `what is wrong with the document: ${count}`,
    fr: `ce qui ne va pas dans le document : ${count}`,
  }),
  quoteExpression: {
    en: 'an expression that holds ": " or " #" needs quotes, or a | and its own lines',
    fr: 'une expression qui contient `: ` ou ` #` se met entre guillemets, ou après un `|` sur ses propres lignes',
  },
  reservedName: ({ name }: Named) => ({ en: `nothing can be named ${name}`, fr: `rien ne peut s’appeler ${name}` }),
  alias: {
    en: 'YAML aliases are not read here: write the value out',
    fr: 'les alias YAML ne sont pas lus ici : écrivez la valeur en entier',
  },
  unknownKey: ({ name }: Named) => ({ en: `"${name}" means nothing here`, fr: `« ${name} » ne veut rien dire ici` }),
  missingKey: ({ name }: Named) => ({ en: `"${name}" is missing`, fr: `« ${name} » manque` }),
  empty: { en: 'the document is empty', fr: 'le document est vide' },
  otherKind: ({ expected, found }: { readonly expected: string; readonly found: string }) => ({
    en: `expected ${expectedWords(expected).en}, found ${kindWords(found).en}`,
    fr: `attendu : ${expectedWords(expected).fr} ; trouvé : ${kindWords(found).fr}`,
  }),
  quoteValue: ({ value }: { readonly value: string }) => ({
    en: `an expression is text; write "${value}" in quotes`,
    fr: `une expression est un texte ; écrivez ${value} entre guillemets`,
  }),
  whole: { en: 'it is a whole number', fr: 'c’est un nombre entier' },
  least: ({ value }: { readonly value: string }) => ({ en: `it is at least ${value}`, fr: `c’est au moins ${value}` }),
  most: ({ value }: { readonly value: string }) => ({ en: `it is at most ${value}`, fr: `c’est au plus ${value}` }),
  shortest: ({ count }: { readonly count: string }) => ({
    en: `its length is at least ${count}`,
    fr: `sa longueur est d’au moins ${count}`,
  }),
  longest: ({ count }: { readonly count: string }) => ({
    en: `its length is at most ${count}`,
    fr: `sa longueur est d’au plus ${count}`,
  }),
  form: { en: 'it is not in the form that is expected', fr: 'ce n’est pas dans la forme attendue' },
  didYouMean: ({ name }: Named) => ({ en: `did you mean ${name}?`, fr: `vouliez-vous dire ${name} ?` }),
  knownHere: ({ names }: { readonly names: string }) => ({ en: `known here: ${names}`, fr: `connus ici : ${names}` }),
  known: ({ names }: { readonly names: string }) => ({ en: `known: ${names}`, fr: `connus : ${names}` }),
  noneKnown: { en: 'there are none', fr: 'il n’y en a aucun' },
  cycle: ({ names }: { readonly names: string }) => ({
    en: `computed attributes need each other: ${names}`,
    fr: `des attributs calculés ont besoin l’un de l’autre : ${names}`,
  }),
  emptyExpression: {
    en: 'an expression cannot be empty; leave the entry out instead',
    fr: 'une expression ne peut pas être vide ; retirez plutôt l’entrée',
  },
  targetName: {
    en: 'a target’s name holds lower-case letters, digits and hyphens, 63 at most',
    fr: 'le nom d’une cible est fait de minuscules, de chiffres et de traits d’union, 63 au plus',
  },
  attributeName: {
    en: 'an attribute’s name has 1 to 128 characters, no blanks and no quotes',
    fr: 'le nom d’un attribut a de 1 à 128 caractères, sans espace ni guillemet',
  },
  identityName: {
    en: 'a computed attribute’s name holds letters, digits and _, and begins with a letter',
    fr: 'le nom d’un attribut calculé est fait de lettres, de chiffres et de _, et commence par une lettre',
  },
  ruleSetName: {
    en: 'a rule set’s name holds lower-case letters, digits and hyphens, 63 at most',
    fr: 'le nom d’un jeu de règles est fait de minuscules, de chiffres et de traits d’union, 63 au plus',
  },
  noCorrelation: {
    en: 'name at least one attribute that finds the account',
    fr: 'nommez au moins un attribut qui trouve le compte',
  },
  noTarget: { en: 'name at least one target', fr: 'nommez au moins une cible' },
  noCase: { en: 'write at least one case', fr: 'écrivez au moins un cas' },
  emptyText: { en: 'a text cannot be empty', fr: 'un texte ne peut pas être vide' },
  otherRuleSet: ({ found, expected }: { readonly found: string; readonly expected: string }) => ({
    en: `this document is the rule set ${found}, not ${expected}`,
    fr: `ce document est le jeu de règles ${found}, et non ${expected}`,
  }),
  writeName: ({ name }: Named) => ({ en: `write name: ${name}`, fr: `écrivez name: ${name}` }),
  unconfiguredTarget: { en: 'there is no target of this name', fr: 'aucune cible ne porte ce nom' },
  configured: ({ names }: { readonly names: string }) => ({ en: `configured: ${names}`, fr: `configurées : ${names}` }),
  noTableOfName: ({ name }: Named) => ({
    en: `there is no lookup table "${name}"`,
    fr: `il n’y a pas de table de correspondance « ${name} »`,
  }),
  noSuchAttribute: ({ name }: Named) => ({
    en: `identities come with no attribute "${name}"`,
    fr: `les identités ne viennent avec aucun attribut « ${name} »`,
  }),
  declareAttribute: {
    en: 'name it under `attributes` when they do',
    fr: 'si elles viennent avec, nommez-le sous `attributes`',
  },
  noAccountAttribute: ({ target, name }: Named & { readonly target: string }) => ({
    en: `accounts of ${target} have no attribute "${name}"`,
    fr: `les comptes de ${target} n’ont pas d’attribut « ${name} »`,
  }),
  readOnly: ({ target, name }: Named & { readonly target: string }) => ({
    en: `${target} keeps "${name}" for itself: it cannot be written`,
    fr: `${target} se réserve « ${name} » : on ne peut pas l’écrire`,
  }),
})
