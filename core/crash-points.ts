/** Places where a process may be told to die (`CRASH_AT=<label>`), so that tests can kill it exactly there. */

export const crashLabels = [
  'apply:claimed',
  'apply:called',
  'apply:settled',
  'undo:claimed',
  'undo:called',
  'relay:rung',
  'finalize:decided',
] as const
export type CrashLabel = (typeof crashLabels)[number]
export type CrashPoint = (label: CrashLabel) => void

/** @param crashAt the label of the one place to die at; undefined in production */
export function createCrashPoint(crashAt: string | undefined): CrashPoint {
  return (label) => {
    if (label === crashAt) process.kill(process.pid, 'SIGKILL')
  }
}
