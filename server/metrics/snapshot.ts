/** Everything that the metrics tell of the gateway as a whole, read at once, and at most once a second whoever asks. */
import type { Sql } from '#core/database.ts'
import { readOpenWork, type OpenWork } from '#core/ledger/open-work.ts'
import { readBacklogs, type TargetBacklog } from '#core/ledger/target-backlog.ts'
import { readProcessSigns, type ProcessSign } from '#core/process-signs.ts'
import { readSurveys } from '#core/target-surveys.ts'
import { conditionOf, type TargetState } from '#core/target-state.ts'

export interface Snapshot {
  readonly work: OpenWork
  readonly backlogs: ReadonlyMap<string, TargetBacklog>
  readonly processes: readonly ProcessSign[]
  /** What the gateway logs in to targets with, where it is known to end. */
  readonly accesses: readonly { readonly target: string; readonly endsAt: Date }[]
  readonly conditions: readonly { readonly target: string; readonly condition: ReturnType<typeof conditionOf> }[]
}

export interface SnapshotDeps {
  readonly sql: Sql
  readonly targets: () => readonly { readonly name: string }[]
  readonly watch: { stateOf(target: string): TargetState }
}

export async function readSnapshot({ sql, targets, watch }: SnapshotDeps): Promise<Snapshot> {
  const [work, backlogs, processes, surveys] = await Promise.all([
    readOpenWork(sql),
    readBacklogs(sql),
    readProcessSigns(sql),
    readSurveys(sql),
  ])
  const accesses = surveys.flatMap(({ target, secretEndsAt: endsAt }) => (endsAt === null ? [] : [{ target, endsAt }]))
  const conditions = targets().map(({ name }) => ({ target: name, condition: conditionOf(watch.stateOf(name)) }))
  return { work, backlogs, processes, accesses, conditions }
}
