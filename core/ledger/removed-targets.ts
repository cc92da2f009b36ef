/** Steps whose target is no longer configured: nobody serves their queues, so they would be rung for ever. They end, and the saga decides. */
import type { Tx } from '../database.ts'
import type { Problem, StepState } from '../states.ts'
import type { Recorder } from './writer.ts'

/** What becomes of a step without a target: what was not called fails; what may be there cannot be found out, or put back, by us. */
const withoutTarget: Readonly<Partial<Record<StepState, StepState>>> = {
  pending: 'failed',
  unknown: 'stuck',
  running: 'stuck',
  undoing: 'stuck',
}

export async function forgetRemoved(tx: Tx, requestIds: readonly string[], record: Recorder): Promise<void> {
  const problem: Problem = {
    code: 'config',
    message: 'the target is no longer configured',
    hint: 'configure it again and have the request done again, or resolve the step by hand',
  }
  const ended = await tx<{ request_id: string; target: string; state: StepState; generation: number }[]>`
    update step set fence = fence + 1, lease_until = null, error = ${tx.json(problem as never)}, settled_at = now(),
      state = case when step.state = 'applied' then 'stuck' else ${tx.json(withoutTarget)}::jsonb ->> step.state end
    from request
    where step.request_id = any(${[...requestIds]}::uuid[]) and request.id = step.request_id
      and (${tx.json(withoutTarget)}::jsonb ? step.state or (step.state = 'applied' and request.state = 'rolling_back'))
      and (step.lease_until is null or step.lease_until < clock_timestamp())
      and not exists (select from target where target.name = step.target)
    returning step.request_id, step.target, step.state, step.generation`
  for (const { request_id, target, state, generation } of ended) {
    record.changed(request_id)
    record.audit({
      action: state,
      actor: 'reconciler',
      requestId: request_id,
      target,
      detail: { generation, code: problem.code },
    })
  }
}
