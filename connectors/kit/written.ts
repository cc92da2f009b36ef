/** What attributes are once a change is written, for systems that are told whole values and not what to add and to remove. Pure. */
import type { AttributeWrite, Writes } from '#core/account.ts'
import type { Attributes, Values } from '#core/values.ts'
import type { Spelling } from './connector.ts'
import { missingFrom } from './spelling.ts'

/** The values of one attribute after the write, others' values kept where it merges. */
export function writtenValues(
  spelling: Spelling,
  found: Values,
  { attribute, before, after, multivalued }: AttributeWrite,
): Values {
  if (multivalued === 'replace') return after
  const kept = missingFrom(spelling, attribute, found, missingFrom(spelling, attribute, before, after))
  return [...kept, ...missingFrom(spelling, attribute, after, kept)]
}

/** All attributes after the writes; what was cleared is there without values. */
export function writtenAttributes(
  spelling: Spelling,
  attributes: Attributes,
  { attributes: writes }: Pick<Writes, 'attributes'>,
): Attributes {
  const changed = writes.map(
    (write) => [write.attribute, writtenValues(spelling, attributes[write.attribute] ?? [], write)] as const,
  )
  return { ...attributes, ...Object.fromEntries(changed) }
}
