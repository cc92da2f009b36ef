/** Which targets a worker process serves, and which part of a worker's work it does. */
import type { Environment } from '#core/environment.ts'
import type { TargetRecord } from '#core/targets.ts'

/** What all targets share (relay, finalizer, reconciler, deliveries, simulations), the targets' own queues, or both in one process. */
export type WorkerPart = 'all' | 'shared' | 'targets'

type Named = Pick<Environment, 'WORKER_TARGETS' | 'WORKER_KINDS'>

/** Where neither targets nor kinds are named, all are served; where both are, what is in both. */
export function servedBy({ WORKER_TARGETS: targets, WORKER_KINDS: kinds }: Named): (target: TargetRecord) => boolean {
  return ({ name, connector }) =>
    (targets.length === 0 || targets.includes(name)) && (kinds.length === 0 || kinds.includes(connector))
}
