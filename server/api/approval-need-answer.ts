/** What a plan asks people, as a schema: `ApprovalNeed` of core/plan.ts. */
import * as v from 'valibot'
import { approverRoles, barredPeople } from '#core/plan.ts'
import { whole } from './answer-parts.ts'
import { SafetyReason } from './safety-answers.ts'

const names = v.array(v.string())
const approvers = v.object({ roles: v.array(v.picklist(approverRoles)), people: names })

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
  reason: v.exactOptional(SafetyReason),
})
