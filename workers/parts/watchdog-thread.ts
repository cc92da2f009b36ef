/** The thread of the watchdog. It counts its own ticks: a machine that slept, or a process that was frozen, did not spin. */
import { workerData } from 'node:worker_threads'
import { signals, type Watched } from './watchdog.ts'

const { beats, tickMs, silentMs, mostBytes, parent } = workerData as Watched
let last = 0
let silent = 0
let heavy = 0

setInterval(() => {
  if (process.ppid !== parent) process.kill(process.pid, signals.orphan)
  const beat = Atomics.load(beats, 0)
  silent = beat === last ? silent + 1 : 0
  last = beat
  if (silent * tickMs >= silentMs) process.kill(process.pid, signals.spins)
  // Twice in a row: a peak that the collector is about to take away is no leak.
  heavy = process.memoryUsage.rss() > mostBytes ? heavy + 1 : 0
  if (heavy >= 2) process.kill(process.pid, signals.memory)
}, tickMs)
