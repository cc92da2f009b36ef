/** What is wrong with a text that is neither YAML nor JSON, by the codes of the library that reads it; its own words, which are English, say more. */
import { phrasesOf } from '#core/phrase.ts'

export const yamlPhrases = phrasesOf('yaml', {
  ALIAS_PROPS: { en: 'an alias cannot have a tag or an anchor', fr: 'un alias ne peut avoir ni étiquette ni ancre' },
  BAD_ALIAS: { en: 'the name of an alias or an anchor cannot be read', fr: 'le nom d’un alias ou d’une ancre est illisible' },
  BAD_COLLECTION_TYPE: {
    en: 'a tag stands before the wrong kind of value',
    fr: 'une étiquette précède une valeur d’un autre genre',
  },
  BAD_DIRECTIVE: { en: 'a directive cannot be read', fr: 'une directive est illisible' },
  BAD_DQ_ESCAPE: {
    en: 'a text in double quotes has an escape that is not known',
    fr: 'un texte entre guillemets doubles contient un échappement inconnu',
  },
  BAD_INDENT: { en: 'the indentation is not right', fr: 'le retrait n’est pas le bon' },
  BAD_PROP_ORDER: { en: 'a tag or an anchor stands too early', fr: 'une étiquette ou une ancre vient trop tôt' },
  BAD_SCALAR_START: {
    en: 'a text without quotes cannot begin with this sign',
    fr: 'un texte sans guillemets ne peut pas commencer par ce signe',
  },
  BLOCK_AS_IMPLICIT_KEY: {
    en: 'a key cannot hold more entries on the same line',
    fr: 'une clé ne peut pas avoir d’autres entrées sur la même ligne',
  },
  BLOCK_IN_FLOW: {
    en: 'between brackets or braces, entries are not written on lines of their own with - or :',
    fr: 'entre crochets ou accolades, les entrées ne s’écrivent pas ligne par ligne',
  },
  DUPLICATE_KEY: { en: 'the key stands here twice', fr: 'la clé figure ici deux fois' },
  IMPOSSIBLE: { en: 'the text cannot be read', fr: 'le texte est illisible' },
  KEY_OVER_1024_CHARS: { en: 'a key has 1024 characters at most', fr: 'une clé a 1024 caractères au plus' },
  MISSING_CHAR: { en: 'a sign is missing', fr: 'il manque un signe' },
  MULTILINE_IMPLICIT_KEY: { en: 'a key stands on a single line', fr: 'une clé tient sur une seule ligne' },
  MULTIPLE_ANCHORS: { en: 'a value has one anchor at most', fr: 'une valeur a une ancre au plus' },
  MULTIPLE_DOCS: { en: 'the text holds more than one document', fr: 'le texte contient plus d’un document' },
  MULTIPLE_TAGS: { en: 'a value has one tag at most', fr: 'une valeur a une étiquette au plus' },
  NON_STRING_KEY: { en: 'a key is a text', fr: 'une clé est un texte' },
  RESOURCE_EXHAUSTION: { en: 'the text is nested too deeply', fr: 'le texte est trop imbriqué' },
  TAB_AS_INDENT: {
    en: 'lines are indented with blanks, not with tabs',
    fr: 'le retrait se fait avec des espaces, pas avec des tabulations',
  },
  TAG_RESOLVE_FAILED: { en: 'a tag or a value cannot be read', fr: 'une étiquette ou une valeur est illisible' },
  UNEXPECTED_TOKEN: { en: 'something stands here that was not expected', fr: 'quelque chose d’inattendu se trouve ici' },
})
