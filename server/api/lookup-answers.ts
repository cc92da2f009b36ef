/** The answers about lookup tables as schemas; `answers.ts` passes them on. */
import * as v from 'valibot'
import { about, pageOf, time } from './answer-parts.ts'

const bilingual = v.object({ fr: v.string(), en: v.string() })

export const LookupTable = v.pipe(
  v.object({
    name: v.string(),
    description: v.nullable(bilingual),
    version: v.pipe(v.number(), v.integer()),
    rows: v.pipe(
      v.array(v.object({ key: v.string(), value: v.string() })),
      v.description('By key; empty in the list of tables, where `size` says how many there are.'),
    ),
    size: v.pipe(v.number(), v.integer()),
    fallback: v.pipe(v.nullable(v.string()), v.description('What is given for a key that is not there; null: no value.')),
    updatedBy: about('`person:<name>`, or `configuration`.'),
    updatedAt: time,
    usedBy: v.pipe(v.array(v.string()), v.description('The rule sets in force that read it.')),
  }),
  v.description("A table that rules read by `$lookup('name', key)`."),
)
export const LookupPage = pageOf(LookupTable, 'One page of lookup tables.')
