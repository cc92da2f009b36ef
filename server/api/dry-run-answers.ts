/** What a dry run answers, as schemas; `answers.ts` says why. */
import * as v from 'valibot'
import { Plan } from './answers.ts'

export const DryRun = v.pipe(
  v.object({ dryRun: v.literal(true), plan: Plan }),
  v.description('The plan that would be carried out; nothing was written.'),
)
export const DryRuns = v.pipe(
  v.object({ dryRun: v.literal(true), plans: v.array(Plan) }),
  v.description('The same for a body that holds several changes, or none.'),
)
