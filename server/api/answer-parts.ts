/** What several of the API's answers are made of, as schemas. */
import * as v from 'valibot'
import { approverRoles, barredPeople } from '#core/plan.ts'

export const about = (description: string) => v.pipe(v.string(), v.description(description))
export const id = v.pipe(v.string(), v.uuid())
export const time = v.pipe(v.string(), v.isoTimestamp())
export const whole = v.pipe(v.number(), v.integer(), v.minValue(0))
export const words = v.object({ fr: v.string(), en: v.string() })

const names = v.array(v.string())
const approvers = v.object({ roles: v.array(v.picklist(approverRoles)), people: names })

/** `ApprovalNeed` of core/plan.ts. */
export const ApprovalNeed = v.object({
  name: v.string(),
  role: v.picklist(approverRoles),
  roles: v.exactOptional(v.array(v.picklist(approverRoles))),
  people: v.exactOptional(v.pipe(names, v.description('Names or e-mail addresses, as the rules gave them.'))),
  quorum: whole,
  expiresSeconds: whole,
  stage: v.exactOptional(v.pipe(whole, v.description('From 1; the stages of one policy follow one another.'))),
  stages: v.exactOptional(whole),
  escalation: v.exactOptional(
    v.union([v.object({ afterSeconds: whole, to: approvers }), v.object({ afterSeconds: whole, to: v.literal('refuse') })]),
  ),
  remindSeconds: v.exactOptional(whole),
  fourEyes: v.exactOptional(v.array(v.picklist(barredPeople))),
  subject: v.exactOptional(v.pipe(names, v.description('Whom the request is about, as the rules say it.'))),
  onDrift: v.exactOptional(v.picklist(['refuse', 'replan'])),
  reason: v.exactOptional(v.pipe(words, v.description('The safety threshold that held the request.'))),
})
