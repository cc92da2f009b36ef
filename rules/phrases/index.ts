/** All that the rules say to people, in closed lists by the first part of their codes. */
import type { Phrases } from '#core/phrase.ts'
import { documentPhrases } from './document.ts'
import { expressionPhrases, resultPhrases } from './expression.ts'
import { functionPhrases } from './functions.ts'
import { jsonataPhrases } from './jsonata.ts'
import { policyPhrases, tablePhrases } from './policies.ts'
import { casePhrases, runPhrases } from './run.ts'
import { yamlPhrases } from './yaml.ts'

export const rulePhrases: Readonly<Record<string, Phrases>> = {
  document: documentPhrases,
  policy: policyPhrases,
  table: tablePhrases,
  yaml: yamlPhrases,
  expression: expressionPhrases,
  jsonata: jsonataPhrases,
  function: functionPhrases,
  result: resultPhrases,
  run: runPhrases,
  case: casePhrases,
}
