/**
 * Tries from inside the walls everything that code which escaped from an expression would try. Run by `walls.test.ts` with the flags of a
 * real sandbox process; prints the name of each attempt that succeeded.
 */
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { open } from 'node:inspector'
import { connect } from 'node:net'
import { lookup } from 'node:dns/promises'
import { Worker } from 'node:worker_threads'

const port = Number(process.argv[2])

/** Each resolves to true when the attempt worked. */
const attempts: Readonly<Record<string, () => boolean | Promise<boolean>>> = {
  'read a file': () => readFileSync('/etc/hostname').length >= 0,
  'list the gateway’s folder': () => readdirSync(`${import.meta.dirname}/../..`).length > 0,
  'write a file': () => {
    writeFileSync(`${import.meta.dirname}/walls.probe.out`, 'x')
    return true
  },
  'start a process': () => execFileSync('/bin/true').length === 0,
  'start a worker': () => new Worker('', { eval: true }) instanceof Worker,
  'open the inspector': () => {
    open(0)
    return true
  },
  'connect to a socket': () =>
    new Promise((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve(true))
      socket.on('error', () => resolve(false))
    }),
  'fetch a page': async () => (await fetch(`http://127.0.0.1:${port}/`)).status > 0,
  'ask a name server': async () => (await lookup('localhost')).address !== '',
  'read the environment': () => Object.keys(process.env).length > 0,
  'make code from text': () => Reflect.construct(Function, ['return 1'])() === 1,
  'reach a prototype by __proto__': () => Reflect.get({}, '__proto__') !== undefined,
}

const succeeded: string[] = []
for (const [name, attempt] of Object.entries(attempts)) {
  try {
    if (await attempt()) succeeded.push(name)
  } catch {
    // Refused, which is what the walls are for.
  }
}
process.stdout.write(JSON.stringify({ tried: Object.keys(attempts).length, succeeded }))
