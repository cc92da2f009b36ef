/**
 * JSONata's errors by its codes, which are a closed list. Its own words while an expression runs quote the data; ours say what was expected, and
 * nothing of what an attribute holds.
 */
import { phrasesOf } from '#core/phrase.ts'
import { syntaxTexts } from './jsonata-syntax.ts'

/** The operator or the function, which the rule's author wrote. */
interface At {
  readonly token: string
}

export const jsonataPhrases = phrasesOf('jsonata', {
  ...syntaxTexts,
  D1001: { en: 'a number is out of range', fr: 'un nombre est hors limites' },
  D1002: { en: '"-" needs a number', fr: '`-` a besoin d’un nombre' },
  T1003: { en: 'the key of an object is not a text', fr: 'la clé d’un objet n’est pas un texte' },
  D1004: {
    en: 'the regular expression matches the empty text',
    fr: 'l’expression régulière correspond au texte vide',
  },
  T1005: ({ token }: At) => ({
    en: `${token} is not a function; a function’s name begins with $`,
    fr: `${token} n’est pas une fonction ; le nom d’une fonction commence par $`,
  }),
  T1006: ({ token }: At) => ({ en: `${token} is not a function`, fr: `${token} n’est pas une fonction` }),
  T1007: ({ token }: At) => ({
    en: `${token} is not a function; a function’s name begins with $`,
    fr: `${token} n’est pas une fonction ; le nom d’une fonction commence par $`,
  }),
  T1008: ({ token }: At) => ({ en: `${token} is not a function`, fr: `${token} n’est pas une fonction` }),
  D1009: { en: 'two keys of an object are the same', fr: 'deux clés d’un objet sont les mêmes' },
  T1010: ({ token }: At) => ({
    en: `the matcher given to ${token} does not answer as a matcher does`,
    fr: `la fonction de recherche donnée à ${token} ne répond pas comme il le faut`,
  }),
  D1011: {
    en: 'the functions call each other too deeply; is there a recursion without end?',
    fr: 'les fonctions s’appellent l’une l’autre trop profondément ; y a-t-il une récursion sans fin ?',
  },
  D1013: {
    en: 'a key beginning with _jsonata_ is reserved',
    fr: 'une clé qui commence par _jsonata_ est réservée',
  },
  T2001: ({ token }: At) => ({
    en: `the left side of ${token} is not a number`,
    fr: `à gauche de ${token}, ce n’est pas un nombre`,
  }),
  T2002: ({ token }: At) => ({
    en: `the right side of ${token} is not a number`,
    fr: `à droite de ${token}, ce n’est pas un nombre`,
  }),
  T2003: { en: 'the left side of .. is not a whole number', fr: 'à gauche de .. ce n’est pas un nombre entier' },
  T2004: { en: 'the right side of .. is not a whole number', fr: 'à droite de .. ce n’est pas un nombre entier' },
  D2005: { en: 'the left side of := is not a variable', fr: 'à gauche de := ce n’est pas une variable' },
  T2006: { en: 'the right side of ~> is not a function', fr: 'à droite de ~> ce n’est pas une fonction' },
  T2007: {
    en: 'the values to sort by are not of the same kind',
    fr: 'les valeurs selon lesquelles trier ne sont pas du même genre',
  },
  T2008: {
    en: 'the values to sort by are neither numbers nor texts',
    fr: 'les valeurs selon lesquelles trier ne sont ni des nombres ni des textes',
  },
  T2009: ({ token }: At) => ({
    en: `the two sides of ${token} are not of the same kind`,
    fr: `les deux côtés de ${token} ne sont pas du même genre`,
  }),
  T2010: ({ token }: At) => ({
    en: `the sides of ${token} are neither numbers nor texts`,
    fr: `les côtés de ${token} ne sont ni des nombres ni des textes`,
  }),
  T2011: {
    en: 'what a transform writes is not an object',
    fr: 'ce qu’une transformation écrit n’est pas un objet',
  },
  T2012: {
    en: 'what a transform deletes is neither a text nor a list of texts',
    fr: 'ce qu’une transformation supprime n’est ni un texte ni une liste de textes',
  },
  T2013: { en: '$clone is not a function here', fr: '$clone n’est pas une fonction ici' },
  D2014: { en: 'the range is too long', fr: 'l’intervalle est trop long' },
  D2015: { en: 'a list is too long', fr: 'une liste est trop longue' },
  T0410: ({ token }: At) => ({
    en: `an argument of $${token} is of the wrong kind`,
    fr: `un argument de $${token} n’est pas du bon genre`,
  }),
  T0411: ({ token }: At) => ({
    en: `what $${token} is applied to is of the wrong kind`,
    fr: `ce à quoi $${token} s’applique n’est pas du bon genre`,
  }),
  T0412: ({ token }: At) => ({
    en: `an argument of $${token} must be a list of one kind`,
    fr: `un argument de $${token} doit être une liste d’un seul genre`,
  }),
  D3001: {
    en: 'a number that is not finite cannot become a text',
    fr: 'un nombre qui n’est pas fini ne peut pas devenir un texte',
  },
  D3010: { en: 'the second argument of $replace is empty', fr: 'le deuxième argument de $replace est vide' },
  D3011: {
    en: 'the fourth argument of $replace is not a positive number',
    fr: 'le quatrième argument de $replace n’est pas un nombre positif',
  },
  D3012: { en: 'what $replace puts in is not a text', fr: 'ce que $replace met à la place n’est pas un texte' },
  D3020: {
    en: 'the third argument of $split is not a positive number',
    fr: 'le troisième argument de $split n’est pas un nombre positif',
  },
  D3030: { en: 'the value cannot be read as a number', fr: 'la valeur ne peut pas être lue comme un nombre' },
  D3040: {
    en: 'the third argument of $match is not a positive number',
    fr: 'le troisième argument de $match n’est pas un nombre positif',
  },
  D3050: {
    en: 'the second argument of $reduce is not a function of at least two arguments',
    fr: 'le deuxième argument de $reduce n’est pas une fonction d’au moins deux arguments',
  },
  D3060: { en: '$sqrt takes no negative number', fr: '$sqrt ne prend pas de nombre négatif' },
  D3061: { en: 'the result of $power is too large', fr: 'le résultat de $power est trop grand' },
  D3070: {
    en: '$sort without a function sorts texts or numbers only',
    fr: '$sort sans fonction ne trie que des textes ou des nombres',
  },
  ...pictures(),
  D3100: { en: 'the base of $formatBase lies between 2 and 36', fr: 'la base de $formatBase est comprise entre 2 et 36' },
  D3110: { en: 'the value is not an ISO 8601 time', fr: 'la valeur n’est pas une date et heure ISO 8601' },
  D3120: { en: '$eval is not for rules', fr: '$eval n’est pas pour les règles' },
  D3121: {
    en: 'what $eval ran failed, and is not for rules',
    fr: 'ce que $eval a exécuté a échoué, et n’est pas pour les règles',
  },
  D3130: {
    en: 'the format of a whole number begins with what is not known',
    fr: 'le format d’un nombre entier commence par un signe inconnu',
  },
  D3131: {
    en: 'the digits in a format are not all of one family',
    fr: 'les chiffres d’un format ne sont pas tous de la même famille',
  },
  D3132: { en: 'the format of a time names a part that is not known', fr: 'le format d’une date nomme une partie inconnue' },
  D3133: {
    en: 'in the format of a time only months and days have names',
    fr: 'dans le format d’une date, seuls les mois et les jours ont un nom',
  },
  D3134: {
    en: 'a time zone has four digits at most in the format of a time',
    fr: 'un fuseau horaire a quatre chiffres au plus dans le format d’une date',
  },
  D3135: { en: 'a ] is missing in the format of a time', fr: 'il manque un ] dans le format d’une date' },
  D3136: {
    en: 'the format of a time lacks what is needed to read one',
    fr: 'il manque au format d’une date de quoi en lire une',
  },
  D3138: { en: '$single found more than one match', fr: '$single a trouvé plus d’un élément' },
  D3139: { en: '$single found no match', fr: '$single n’a trouvé aucun élément' },
  D3140: { en: 'the value is not a well-formed URL', fr: 'la valeur n’est pas une URL bien formée' },
})

/** What may be wrong with the picture of `$formatNumber`: people look it up, so one sentence says where. */
function pictures() {
  const wrong = (en: string, fr: string) => ({
    en: `the picture of $formatNumber is not right: ${en}`,
    fr: `le modèle de $formatNumber n’est pas correct : ${fr}`,
  })
  return {
    D3080: wrong('it has more than two parts', 'il a plus de deux parties'),
    D3081: wrong('a part has two decimal separators', 'une partie a deux séparateurs décimaux'),
    D3082: wrong('a part has two percent signs', 'une partie a deux signes pour cent'),
    D3083: wrong('a part has two per-mille signs', 'une partie a deux signes pour mille'),
    D3084: wrong('a part has a percent and a per-mille sign', 'une partie a un signe pour cent et un signe pour mille'),
    D3085: wrong('a part has no digit', 'une partie n’a aucun chiffre'),
    D3086: wrong('other signs stand between the digits', 'd’autres signes se trouvent entre les chiffres'),
    D3087: wrong('a grouping separator touches a decimal separator', 'un séparateur de groupes touche un séparateur décimal'),
    D3088: wrong('the whole part ends with a grouping separator', 'la partie entière finit par un séparateur de groupes'),
    D3089: wrong('two grouping separators touch', 'deux séparateurs de groupes se touchent'),
    D3090: wrong('in the whole part a # follows a digit', 'dans la partie entière, un # suit un chiffre'),
    D3091: wrong('in the fraction a digit follows a #', 'dans la partie décimale, un chiffre suit un #'),
    D3092: wrong(
      'a part with a percent or per-mille sign has an exponent',
      'une partie avec un signe pour cent ou pour mille a un exposant',
    ),
    D3093: wrong('the exponent holds more than digits', 'l’exposant contient autre chose que des chiffres'),
  } as const
}
