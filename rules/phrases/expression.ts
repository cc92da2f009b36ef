/** What may be wrong with an expression before and while it runs, and with what it gives. The sandbox says these, so they must stay few and small. */
import { phrasesOf } from '#core/phrase.ts'
import { kindWords } from './words.ts'

interface Named {
  readonly name: string
}

export const expressionPhrases = phrasesOf('expression', {
  unreadable: {
    en: 'not a JSONata expression: it cannot be read',
    fr: 'ce n’est pas une expression JSONata : elle est illisible',
  },
  deep: {
    en: 'not a JSONata expression: it is nested too deeply',
    fr: 'ce n’est pas une expression JSONata : elle est trop imbriquée',
  },
  fixedText: ({ text }: { readonly text: string }) => ({
    en: `a fixed text needs its own quotes: "'${text}'"`,
    fr: `un texte fixe a besoin de ses propres guillemets : \`"'${text}'"\``,
  }),
  regex: { en: 'RE2 cannot read the regular expression', fr: 'RE2 ne peut pas lire l’expression régulière' },
  regexRules: {
    en: 'regular expressions are RE2: no look-around, no backreferences, repetitions up to 1000',
    fr: 'les expressions régulières sont celles de RE2 : ni regard autour, ni référence arrière, au plus 1000 répétitions',
  },
  runsText: ({ name }: Named) => ({
    en: `rules may not use $${name}: it would run text that nobody reviewed`,
    fr: `les règles ne peuvent pas employer $${name} : elle exécuterait un texte que personne n’a relu`,
  }),
  changes: ({ name }: Named) => ({
    en: `rules may not use $${name}: the same identity must give the same plan at any time`,
    fr: `les règles ne peuvent pas employer $${name} : la même identité doit donner le même plan à tout moment`,
  }),
  noFunction: ({ name }: Named) => ({
    en: `there is no function or variable $${name}`,
    fr: `il n’y a ni fonction ni variable $${name}`,
  }),
  unnamedNeed: {
    en: 'a computed attribute must name the one it needs',
    fr: 'un attribut calculé doit nommer celui dont il a besoin',
  },
  nameNeed: { en: 'write identity.<name>', fr: 'écrivez identity.<nom>' },
  noComputed: ({ name }: Named) => ({
    en: `there is no computed attribute "${name}"`,
    fr: `il n’y a pas d’attribut calculé « ${name} »`,
  }),
  uniqueElsewhere: {
    en: '$unique reserves a value, which only a computed attribute may do',
    fr: '$unique réserve une valeur, ce que seul un attribut calculé peut faire',
  },
  moveToIdentity: {
    en: 'move it to identity: and use identity.<name> here',
    fr: 'déplacez-la sous `identity:` et employez ici identity.<nom>',
  },
  timeout: {
    en: 'the expression took too long; is there a loop without end?',
    fr: 'l’expression a pris trop de temps ; y a-t-il une boucle sans fin ?',
  },
  longText: {
    en: 'the expression makes a text that is too long or recurs too deeply',
    fr: 'l’expression fait un texte trop long ou s’appelle elle-même trop profondément',
  },
  failed: { en: 'the expression cannot be evaluated', fr: 'l’expression ne peut pas être évaluée' },
  reported: ({ code, token }: { readonly code: string; readonly token: string }) => ({
    en: `JSONata reports ${code} at ${token}`,
    fr: `JSONata signale ${code} à ${token}`,
  }),
  // What the rule's author wrote, in the language of their choice.
  said: ({ text }: { readonly text: string }) => ({ en: text, fr: text }),
  refused: {
    en: 'the rule refuses this identity by $error or $assert',
    fr: 'la règle refuse cette identité par $error ou $assert',
  },
})

export const resultPhrases = phrasesOf('result', {
  nestedList: {
    en: 'the result is a list inside a list; use one flat list',
    fr: 'le résultat est une liste dans une liste ; employez une seule liste plate',
  },
  fromSecret: {
    en: 'the result is made from a secret; only an attribute with `secret: true` may carry one, unchanged',
    fr: 'le résultat est fait à partir d’un secret ; seul un attribut avec `secret: true` peut en porter un, inchangé',
  },
  isSecret: {
    en: 'the result is a secret; only an attribute with `secret: true` may carry one',
    fr: 'le résultat est un secret ; seul un attribut avec `secret: true` peut en porter un',
  },
  isObject: {
    en: 'the result is an object; an attribute holds texts, numbers or booleans',
    fr: 'le résultat est un objet ; un attribut contient des textes, des nombres ou des booléens',
  },
  noScalar: ({ found }: { readonly found: string }) => ({
    en: `the result is ${kindWords(found).en}; an attribute holds texts, numbers or booleans`,
    fr: `le résultat : ${kindWords(found).fr} ; un attribut contient des textes, des nombres ou des booléens`,
  }),
  manyValues: ({ most }: { readonly most: string }) => ({
    en: `the result holds more than ${most} values`,
    fr: `le résultat contient plus de ${most} valeurs`,
  }),
  manyCharacters: ({ most }: { readonly most: string }) => ({
    en: `the result holds more than ${most} characters`,
    fr: `le résultat contient plus de ${most} caractères`,
  }),
  infinite: { en: 'the result is not a finite number', fr: 'le résultat n’est pas un nombre fini' },
  otherKind: ({ found }: { readonly found: string }) => ({
    en: `the result is ${kindWords(found).en}`,
    fr: `le résultat n’est pas une valeur : ${kindWords(found).fr}`,
  }),
  deep: ({ most }: { readonly most: string }) => ({
    en: `the result is nested deeper than ${most} levels`,
    fr: `le résultat est imbriqué sur plus de ${most} niveaux`,
  }),
  isFunction: { en: 'the result is a function', fr: 'le résultat est une fonction' },
  reservedKey: ({ name }: Named) => ({
    en: `the result has a key named ${name}`,
    fr: `le résultat a une clé nommée ${name}`,
  }),
})
