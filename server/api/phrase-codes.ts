/** The closed list of the codes by which sentences for people go: those of each connector, and those that all of them have. */
import { connectors } from '#connectors/index.ts'
import { allPhrases } from '#core/phrase.ts'
import { listsOf } from '../configuration/problem-phrases.ts'

/** Every sentence of the gateway's targets, once. */
export const knownPhrases = [...new Set([...listsOf({}), ...Object.values(connectors).flatMap(listsOf)])].flatMap(allPhrases)

export const phraseCodes: readonly string[] = knownPhrases.map(({ code }) => code)
