/**
 * Everything of a fleet in a network of its own that loses one packet in twenty. It runs as `unshare --net node tests/faults/lossy.ts`, so that
 * no other connection of this machine is touched, and prints the outcome as its last line.
 */
import { execFileSync } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'
import { openFleet } from './fleet.ts'

const rule = ['INPUT', '-i', 'lo', '-p', 'tcp', '-m', 'statistic', '--mode', 'random', '--probability', '0.05', '-j', 'DROP']

execFileSync('ip', ['link', 'set', 'lo', 'up'])
await using fleet = await openFleet({ engine: 'redis', prefix: 'loss', perSecond: 10 })
execFileSync('iptables', ['-A', ...rule])
await delay(5_000)
const counters = execFileSync('iptables', ['-L', 'INPUT', '-v', '-x', '-n']).toString()
execFileSync('iptables', ['-D', ...rule])
const outcome = await fleet.end()
const dropped = Number(/(\d+)\s+\d+\s+DROP/.exec(counters)?.[1])
console.log(JSON.stringify({ outcome, dropped, dead: fleet.dead }))
