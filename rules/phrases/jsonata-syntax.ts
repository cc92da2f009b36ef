/** What JSONata says of a text that is no expression, by its codes: its own words in English, and the same in French. */
import type { Text } from '#core/phrase.ts'

interface At {
  /** As JSON, like JSONata shows it. */
  readonly token: string
}

interface Given {
  readonly value: string
}

const syntax = (en: string, fr: string): Text => ({
  en: `not a JSONata expression: ${en}`,
  fr: `ce n’est pas une expression JSONata : ${fr}`,
})

export const syntaxTexts = {
  S0101: syntax('String literal must be terminated by a matching quote', 'un texte n’a pas de guillemet fermant'),
  S0102: ({ token }: At) => syntax(`Number out of range: ${token}`, `nombre hors limites : ${token}`),
  S0103: ({ token }: At) => syntax(`Unsupported escape sequence: \\${token}`, `échappement inconnu : \\${token}`),
  S0104: syntax(
    'The escape sequence \\u must be followed by 4 hex digits',
    'l’échappement \\u est suivi de 4 chiffres hexadécimaux',
  ),
  S0105: syntax(
    'Quoted property name must be terminated with a backquote (`)',
    'un nom entre accents graves n’a pas d’accent grave fermant',
  ),
  S0106: syntax('Comment has no closing tag', 'un commentaire n’est pas fermé'),
  S0201: ({ token }: At) => syntax(`Syntax error: ${token}`, `erreur de syntaxe à ${token}`),
  S0202: ({ token, value }: At & Given) => syntax(`Expected ${value}, got ${token}`, `attendu : ${value} ; trouvé : ${token}`),
  S0203: ({ value }: Given) =>
    syntax(`Expected ${value} before end of expression`, `attendu avant la fin de l’expression : ${value}`),
  S0204: ({ token }: At) => syntax(`Unknown operator: ${token}`, `opérateur inconnu : ${token}`),
  S0205: ({ token }: At) => syntax(`Unexpected token: ${token}`, `élément inattendu : ${token}`),
  S0206: ({ token }: At) => syntax(`Unknown expression type: ${token}`, `type d’expression inconnu : ${token}`),
  S0207: syntax('Unexpected end of expression', 'l’expression s’arrête trop tôt'),
  S0208: ({ value }: Given) =>
    syntax(
      `Parameter ${value} of function definition must be a variable name (start with $)`,
      `le paramètre ${value} d’une fonction est un nom de variable (qui commence par $)`,
    ),
  S0209: syntax(
    'A predicate cannot follow a grouping expression in a step',
    'dans une étape, un filtre ne peut pas suivre un regroupement',
  ),
  S0210: syntax('Each step can only have one grouping expression', 'une étape n’a qu’un seul regroupement'),
  S0211: ({ token }: At) =>
    syntax(
      `The symbol ${token} cannot be used as a unary operator`,
      `le symbole ${token} ne peut pas être employé sans rien à sa gauche`,
    ),
  S0212: syntax(
    'The left side of := must be a variable name (start with $)',
    'à gauche de := se tient un nom de variable (qui commence par $)',
  ),
  S0213: ({ value }: Given) =>
    syntax(
      `The literal value ${value} cannot be used as a step within a path expression`,
      `la valeur ${value} ne peut pas être une étape d’un chemin`,
    ),
  S0214: ({ token }: At) =>
    syntax(
      `The right side of ${token} must be a variable name (start with $)`,
      `à droite de ${token} se tient un nom de variable (qui commence par $)`,
    ),
  S0215: syntax(
    'A context variable binding must precede any predicates on a step',
    'dans une étape, le lien à une variable de contexte vient avant les filtres',
  ),
  S0216: syntax(
    "A context variable binding must precede the 'order-by' clause on a step",
    'dans une étape, le lien à une variable de contexte vient avant le tri',
  ),
  S0217: syntax(
    "The object representing the 'parent' cannot be derived from this expression",
    'on ne peut pas trouver l’objet parent à partir de cette expression',
  ),
  S0301: syntax('Empty regular expressions are not allowed', 'une expression régulière ne peut pas être vide'),
  S0302: syntax('No terminating / in regular expression', 'une expression régulière n’a pas de / à la fin'),
  S0401: syntax(
    'Type parameters can only be applied to functions and arrays',
    'seuls les fonctions et les tableaux ont des paramètres de type',
  ),
  S0402: syntax(
    'Choice groups containing parameterized types are not supported',
    'un choix de types ne peut pas contenir de type à paramètres',
  ),
  S0500: syntax('Attempted to evaluate an expression containing syntax error(s)', 'l’expression a des erreurs de syntaxe'),
} as const
