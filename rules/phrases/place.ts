/** Where a sentence about one expression belongs: before it the path, behind it the character. */
import type { Phrase } from '#core/phrase.ts'

/** `path` null: the rule set as a whole; `character` from 1, null when it is not known. */
export function inPlace(phrase: Phrase, path: string | null, character: number | null = null): Phrase {
  const { code, parameters, en, fr } = phrase
  const [afterEn, afterFr] =
    character === null
      ? ['', '']
      : [` (at character ${character} of the expression)`, ` (au caractère ${character} de l’expression)`]
  return {
    code,
    parameters: {
      ...parameters,
      ...(path !== null && { path }),
      ...(character !== null && { character: String(character) }),
    },
    en: `${path ?? 'the rule set'}: ${en}${afterEn}`,
    fr: `${path ?? 'le jeu de règles'} : ${fr}${afterFr}`,
  }
}
