/** The closed list of the codes by which sentences for people go: those of each connector, those that all of them have, and those of the rules. */
import { connectors } from '#connectors/index.ts'
import { allPhrases } from '#core/phrase.ts'
import { rulePhrases } from '#rules/phrases/index.ts'
import { listsOf } from '../configuration/problem-phrases.ts'
import { lifePhrases } from '../rules/phrases.ts'

/** Every sentence of the gateway's targets and of its rules, once. */
export const knownPhrases = [
  ...new Set([...listsOf({}), ...Object.values(connectors).flatMap(listsOf), ...Object.values(rulePhrases), lifePhrases]),
].flatMap(allPhrases)

export const phraseCodes: readonly string[] = knownPhrases.map(({ code }) => code)
