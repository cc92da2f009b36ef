/** What many answers are made of. */
import * as v from 'valibot'
import { connectorCodes, gatewayCodes, outcomeCodes } from '#core/errors.ts'

const codes = [...new Set([...gatewayCodes, ...connectorCodes, ...outcomeCodes])]

export const about = (description: string) => v.pipe(v.string(), v.description(description))
export const id = v.pipe(v.string(), v.uuid())
export const time = v.pipe(v.string(), v.isoTimestamp())
export const whole = v.pipe(v.number(), v.integer(), v.minValue(0))
export const words = v.object({ fr: v.string(), en: v.string() })
export const code = (description: string) => v.pipe(v.string(), v.description(description), v.metadata({ enum: codes }))
export const targetCondition = v.picklist(['ok', 'open', 'half_open', 'maintenance'])
export const failurePolicy = v.picklist(['required', 'best-effort', 'hold'])

/** One page of a list. */
export function pageOf<Item extends v.GenericSchema>(item: Item, description: string) {
  return v.pipe(
    v.object({
      items: v.array(item),
      next: v.pipe(v.nullable(v.string()), v.description('Give it back as cursor for the next page; null on the last.')),
    }),
    v.description(description),
  )
}
