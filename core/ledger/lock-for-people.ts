/** What a verb of people needs to know of a request, locked in the order in which workers lock: identity, steps, request. */
import type { Tx } from '../database.ts'
import type { StepPlan } from '../plan.ts'
import type { LockedRequest, LockedStep } from './decide.ts'
import { wholePlan, type KeptPlan } from './kept-step.ts'

export interface LockedByPeople {
  readonly request: LockedRequest & { readonly overtaken: boolean; readonly active: boolean; readonly bell: number }
  readonly steps: readonly (LockedStep & { readonly plan: StepPlan })[]
}

export async function lockForPeople(tx: Tx, requestId: string): Promise<LockedByPeople | null> {
  const [identity] = await tx<{ id: string; active_request: string | null }[]>`
    select id, active_request from identity where id = (select identity_id from request where id = ${requestId}) for update`
  if (identity === undefined) return null
  const steps = await tx<(LockedStep & { plan: KeptPlan })[]>`
    select request_id, target, state, plan, plan ->> 'onFailure' as "onFailure", plan ->> 'phase' as phase, error, fence, attempts, deaths,
      coalesce(lease_until > clock_timestamp(), false) as leased, extract(epoch from retry_at - clock_timestamp())::float as "retryInSeconds"
    from step where request_id = ${requestId} order by target for update`
  const [request] = await tx<(LockedRequest & { bell: number; overtaken: boolean })[]>`
    select id, identity_id, kind, state, direction, generation, previous, bell,
      exists (select from request later where later.identity_id = request.identity_id and later.seq > request.seq) as overtaken
    from request where id = ${requestId} for update`
  if (request === undefined) return null
  const active = identity.active_request === request.id
  // Whoever holds the identity cannot be overtaken: the others wait.
  return {
    request: { ...request, active, overtaken: request.overtaken && !active },
    steps: steps.map((step) => ({ ...step, plan: wholePlan(step.plan) })),
  }
}
