/** CPU time of process trees, from /proc (Linux): where a request's milliseconds go. */
import { readdirSync, readFileSync } from 'node:fs'

export interface CpuMeter {
  /** Seconds of CPU that each named tree used since the meter was made. Children that a tree has ended count too. */
  since(): readonly (readonly [string, number])[]
}

const ticksPerSecond = 100

/** @param roots process id by name; a name without an id is left out, and of this process the others are not counted, which it has started */
export function readCpu(roots: Readonly<Record<string, number | undefined>>): CpuMeter {
  const named = Object.entries(roots).filter((entry): entry is [string, number] => entry[1] !== undefined)
  const start = new Map(named.map(([name, pid]) => [name, treeTime(pid)]))
  return { since: () => named.map(([name, pid]) => [name, treeTime(pid) - (start.get(name) ?? 0)]) }
}

function treeTime(root: number): number {
  if (root === process.pid) {
    const { user, system } = process.cpuUsage()
    return (user + system) / 1_000_000
  }
  const all = new Map<number, { parent: number; time: number }>()
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    const read = readStat(Number(name))
    if (read !== null) all.set(Number(name), read)
  }
  const isBelow = (pid: number): boolean => pid === root || (all.has(pid) && isBelow(all.get(pid)?.parent ?? 0))
  return [...all].filter(([pid]) => isBelow(pid)).reduce((sum, [, { time }]) => sum + time, 0)
}

/** Fields 4 (parent) and 14–17 (times of the process and of its ended children), after the name in parentheses; see proc(5). */
function readStat(pid: number): { parent: number; time: number } | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number)
    const ticks = (fields[11] ?? 0) + (fields[12] ?? 0) + (fields[13] ?? 0) + (fields[14] ?? 0)
    return { parent: fields[1] ?? 0, time: ticks / ticksPerSecond }
  } catch {
    return null // it ended between listing and reading
  }
}
