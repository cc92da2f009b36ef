/** Jobs that wait for a process, in two lines: those of programs that are trusted, and those of programs on trial. */
import type { Conduct } from './conduct.ts'

/** open: for trusted programs, whose jobs take any of several processes; trial: one process, for all others. */
export type Lane = 'open' | 'trial'

interface Waiting {
  readonly program: { readonly hash: string }
}

export interface WaitingRuns<Run extends Waiting> {
  /** Behind the others, or before them: a job that begins again has waited already. */
  add(run: Run, where: 'last' | 'first'): void
  take(lane: Lane): Run | undefined
  /** The program's standing changed: its jobs stand in the other line from now on. */
  move(hash: string): void
  takeAll(): readonly Run[]
}

export function createWaitingRuns<Run extends Waiting>(conduct: Pick<Conduct, 'isTrusted' | 'strikes'>): WaitingRuns<Run> {
  const lines: Record<Lane, Run[]> = { open: [], trial: [] }
  const laneOf = ({ program }: Run): Lane => (conduct.isTrusted(program.hash) ? 'open' : 'trial')
  return {
    add(run, where) {
      const line = lines[laneOf(run)]
      if (where === 'last') line.push(run)
      else line.unshift(run)
    },
    take(lane) {
      const line = lines[lane]
      if (lane === 'open' || line.length < 2) return line.shift()
      // A program that was never stopped does not wait for one that was.
      const strikes = line.map(({ program }) => conduct.strikes(program.hash))
      return line.splice(strikes.indexOf(Math.min(...strikes)), 1)[0]
    },
    move(hash) {
      for (const lane of ['open', 'trial'] as const) {
        const moving = lines[lane].filter((run) => run.program.hash === hash && laneOf(run) !== lane)
        if (moving.length === 0) continue
        lines[lane] = lines[lane].filter((run) => !moving.includes(run))
        for (const run of moving) lines[laneOf(run)].push(run)
      }
    },
    takeAll: () => [...lines.open.splice(0), ...lines.trial.splice(0)],
  }
}
