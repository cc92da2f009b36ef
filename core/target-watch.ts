/**
 * What this process knows of the targets' states, so that looking costs nothing: read whole when somebody announces a change, when a lost
 * connection listens again, and every second, because an announcement may be lost without anybody noticing.
 */
import type { Sql } from './database.ts'
import { readTargetRows, targetsChannel, type TargetRow } from './ledger/target-state.ts'
import type { Logger } from './log.ts'
import { wellState, type TargetState } from './target-state.ts'

export interface TargetWatch extends AsyncDisposable {
  /** The database's clock, in milliseconds since 1970. */
  now(): number
  /** As far as this process knows; a target that nobody told of is well. */
  stateOf(target: string): TargetState
  rows(): readonly TargetRow[]
  /** What a change answered, before it is announced. */
  learn(target: string, state: TargetState): void
  /** Told after every look, with the targets whose state is another than before. */
  subscribe(listener: (changed: readonly string[]) => void): Disposable
}

const everyMs = 1_000

/** The first look is made before it returns. */
export async function openTargetWatch({ sql, log }: { sql: Sql; log: Logger }): Promise<TargetWatch> {
  const listeners = new Set<(changed: readonly string[]) => void>()
  let rows: readonly TargetRow[] = []
  let states = new Map<string, TargetState>()
  let ahead = 0
  let looking: Promise<void> | null = null
  let again = false

  async function look(): Promise<void> {
    const asked = Date.now()
    const read = await readTargetRows(sql)
    // Half of the way counts as the answer's age.
    ahead = read.now - (asked + Date.now()) / 2
    rows = read.rows
    const next = new Map(rows.map((row) => [row.target, row.state]))
    const changed = [...next]
      .filter(([target, state]) => !isSame(states.get(target) ?? wellState, state))
      .map(([target]) => target)
    states = next
    for (const listener of listeners) listener(changed)
  }
  function refresh(): void {
    if (looking !== null) {
      again = true
      return
    }
    looking = look()
      .catch((err: unknown) => log.warn({ err }, 'the targets’ states could not be read'))
      .finally(() => {
        looking = null
        if (again) {
          again = false
          refresh()
        }
      })
  }

  await look()
  const listening = await sql.listen(targetsChannel, refresh, refresh)
  const timer = setInterval(refresh, everyMs)
  return {
    now: () => Date.now() + ahead,
    stateOf: (target) => states.get(target) ?? wellState,
    rows: () => rows,
    learn(target, state) {
      states.set(target, state)
      for (const listener of listeners) listener([target])
    },
    subscribe(listener) {
      listeners.add(listener)
      return { [Symbol.dispose]: () => listeners.delete(listener) }
    },
    async [Symbol.asyncDispose]() {
      clearInterval(timer)
      again = false
      await looking
      await listening.unlisten()
    },
  }
}

function isSame(one: TargetState, other: TargetState): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}
