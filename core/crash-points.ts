/**
 * Places where a process may be told to die (`CRASH_AT=<label>`) or to freeze (`CRASH_AT=freeze:<label>`), so that tests can kill it, or
 * stop it past its lease, exactly there.
 */

export const crashLabels = [
  'accept:committed',
  'relay:taken',
  'relay:rung',
  'apply:claimed',
  'apply:called',
  'apply:settled',
  'finalize:decided',
  'undo:claimed',
  'undo:resetting',
  'undo:called',
  'undo:settled',
  'reconcile:woken',
  'departure:taken',
] as const
export type CrashLabel = (typeof crashLabels)[number]
export type CrashPoint = (label: CrashLabel) => void

const freezing = 'freeze:'

/** @param crashAt the label of the one place to die or (once) to freeze at; undefined in production */
export function createCrashPoint(crashAt: string | undefined): CrashPoint {
  let frozen = false
  return (label) => {
    if (label === crashAt) process.kill(process.pid, 'SIGKILL')
    if (frozen || crashAt !== `${freezing}${label}`) return
    frozen = true
    process.kill(process.pid, 'SIGSTOP')
    // The signal may reach this thread a moment late: nothing may happen until it has.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50)
  }
}
