/** What many answers are made of. */
import * as v from 'valibot'
import { connectorCodes, gatewayCodes, outcomeCodes } from '#core/errors.ts'

const codes = [...new Set([...gatewayCodes, ...connectorCodes, ...outcomeCodes])]

export const about = (description: string) => v.pipe(v.string(), v.description(description))
export const time = v.pipe(v.string(), v.isoTimestamp())
export const whole = v.pipe(v.number(), v.integer(), v.minValue(0))
export const code = (description: string) => v.pipe(v.string(), v.description(description), v.metadata({ enum: codes }))
export const targetCondition = v.picklist(['ok', 'open', 'half_open', 'maintenance'])
export const failurePolicy = v.picklist(['required', 'best-effort', 'hold'])
