/** The processes that a worker keeps, as /proc (Linux) shows them. */
import { readFileSync } from 'node:fs'
import type { WorldProcess } from './world.ts'

/** Their ids, by the kind of connectors that they serve, or `shared`. */
export function processesOf({ child }: WorldProcess): Readonly<Record<string, number>> {
  const pids = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').trim().split(' ').filter(Boolean)
  return Object.fromEntries(
    pids.map((pid) => [readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').filter(Boolean).at(-1) ?? '', Number(pid)]),
  )
}

/** Megabytes that a process holds now (`VmRSS`), or held at most (`VmHWM`). */
export function megabytes(pid: number, what: 'VmRSS' | 'VmHWM'): number {
  const [, kilobytes] = new RegExp(`${what}:\\s+(\\d+)`).exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return Math.round(Number(kilobytes) / 1024)
}
