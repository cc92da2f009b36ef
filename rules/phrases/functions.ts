/** What the functions of rules say of their arguments: kinds only, never values. */
import { phrasesOf } from '#core/phrase.ts'
import { kindWords } from './words.ts'

/** A function by its name, with its `$`, and which of its arguments, from 1. */
interface Argument {
  readonly name: string
  readonly position: string
}

interface Found {
  readonly found: string
}

interface Most {
  readonly most: string
}

export const functionPhrases = phrasesOf('function', {
  text: ({ name, position, found }: Argument & Found) => ({
    en: `${name} expects a text as argument ${position}, found ${kindWords(found).en}`,
    fr: `${name} attend un texte comme argument ${position} ; trouvé : ${kindWords(found).fr}`,
  }),
  count: ({ name, position, found, least, most }: Argument & Found & Most & { readonly least: string }) => ({
    en: `${name} expects a whole number from ${least} to ${most} as argument ${position}, found ${kindWords(found).en}`,
    fr: `${name} attend un nombre entier de ${least} à ${most} comme argument ${position} ; trouvé : ${kindWords(found).fr}`,
  }),
  options: ({ name, position, found }: Argument & Found) => ({
    en: `${name} expects an object of options as argument ${position}, found ${kindWords(found).en}`,
    fr: `${name} attend un objet d’options comme argument ${position} ; trouvé : ${kindWords(found).fr}`,
  }),
  nearOption: ({ name, position, near }: Argument & { readonly near: string }) => ({
    en: `${name} has no option of the name that stands in argument ${position}: did you mean ${near}?`,
    fr: `${name} n’a pas d’option du nom qui figure dans l’argument ${position} : vouliez-vous dire ${near} ?`,
  }),
  noOption: ({ name, position, known }: Argument & { readonly known: string }) => ({
    en: `${name} has no option of the name that stands in argument ${position}: known: ${known}`,
    fr: `${name} n’a pas d’option du nom qui figure dans l’argument ${position} ; connues : ${known}`,
  }),
  oneOf: ({ name, position, values }: Argument & { readonly values: string }) => ({
    en: `${name} expects one of ${values} as argument ${position}`,
    fr: `${name} attend l’une de ces valeurs comme argument ${position} : ${values}`,
  }),
  separator: {
    en: '$slug expects one of "-", "_", "." or "" as argument 2',
    fr: '$slug attend comme argument 2 l’une de ces valeurs : `"-"`, `"_"`, `"."` ou `""`',
  },
  scalars: ({ found }: Found) => ({
    en: `$firstOf expects texts, numbers or booleans, found ${kindWords(found).en}`,
    fr: `$firstOf attend des textes, des nombres ou des booléens ; trouvé : ${kindWords(found).fr}`,
  }),
  padWidth: ({ most }: Most) => ({
    en: `$pad makes ${most} characters at most`,
    fr: `$pad fait ${most} caractères au plus`,
  }),
  tableName: {
    en: "$lookup needs the table's name as a text that stands there, such as $lookup('sites', site)",
    fr: "$lookup a besoin du nom de la table, écrit tel quel dans l’expression, comme `$lookup('sites', site)`",
  },
  country: {
    en: '$phone expects a country such as "FR" as argument 2',
    fr: '$phone attend un pays, comme `"FR"`, comme argument 2',
  },
  noPhone: ({ country }: { readonly country: string }) => ({
    en: `$phone found no telephone number of ${country}`,
    fr: `$phone n’a pas trouvé de numéro de téléphone de ce pays : ${country}`,
  }),
  date: {
    en: '$date expects a date such as 2026-01-31, 31/01/2026, 20260131120000Z or a FILETIME as argument 1',
    fr: '$date attend une date comme 2026-01-31, 31/01/2026, 20260131120000Z ou un FILETIME comme argument 1',
  },
  noSuchDay: {
    en: '$date expects a day and a time that exist as argument 1',
    fr: '$date attend un jour et une heure qui existent comme argument 1',
  },
  zone: {
    en: '$date expects the name of a time zone such as "Europe/Paris" as argument 3',
    fr: '$date attend le nom d’un fuseau horaire, comme `"Europe/Paris"`, comme argument 3',
  },
  farDate: { en: '$date expects a date before the year 10000', fr: '$date attend une date d’avant l’an 10000' },
  secretAsText: {
    en: 'a secret is used as text; only an attribute with `secret: true` may carry it, unchanged',
    fr: 'un secret est employé comme texte ; seul un attribut avec `secret: true` peut le porter, inchangé',
  },
  passwordAmbiguous: {
    en: '$password expects true or false as `ambiguous`',
    fr: '$password attend true ou false pour `ambiguous`',
  },
  passwordName: {
    en: '$password expects a `name` of lower-case letters, digits and hyphens, 32 at most',
    fr: '$password attend un `name` fait de minuscules, de chiffres et de traits d’union, 32 au plus',
  },
  passwordClasses: ({ values }: { readonly values: string }) => ({
    en: `$password expects some of ${values} as \`classes\``,
    fr: `$password attend pour \`classes\` certaines de ces valeurs : ${values}`,
  }),
  longCandidate: ({ most }: Most) => ({
    en: `$unique takes candidates of ${most} characters at most`,
    fr: `$unique prend des candidats de ${most} caractères au plus`,
  }),
  manyCandidates: ({ most }: Most) => ({
    en: `$unique takes ${most} candidates at most`,
    fr: `$unique prend ${most} candidats au plus`,
  }),
  noNamespace: {
    en: '$unique needs at least one namespace as argument 2',
    fr: '$unique a besoin d’au moins un espace de noms comme argument 2',
  },
  namespaces: ({ most }: Most) => ({
    en: `$unique takes ${most} namespaces at most, each of letters, digits, "-", "_" and "."`,
    fr: `$unique prend ${most} espaces de noms au plus, chacun fait de lettres, de chiffres et de \`-\`, \`_\` et \`.\``,
  }),
  uniquePattern: {
    en: '$unique expects a `pattern` with {value} once and {n}, {nn} or {nnn} once, such as "{value}.{n}"',
    fr: '$unique attend un `pattern` avec une fois {value} et une fois {n}, {nn} ou {nnn}, comme {value}.{n}',
  },
  uniqueLength: {
    en: '$unique expects a `length` that has room for the value and its number',
    fr: '$unique attend un `length` où tiennent la valeur et son numéro',
  },
})
