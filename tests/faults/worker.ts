/**
 * The worker process with two illnesses that tests need: told `{"blockUntil": file}` it blocks its event loop until the file is there, as a
 * library that computes for too long does; and it dies, as of a defect in native code, when it comes to an account whose login contains POISON.
 */
import { existsSync } from 'node:fs'
import { connectors } from '#connectors/index.ts'
import type { Connector, Driver } from '#connectors/kit/connector.ts'
import { readEnvironment } from '#core/environment.ts'
import { createLog } from '#core/log.ts'
import { openWorker } from '#workers/worker.ts'

const environment = readEnvironment(process.env)
const { POISON: poison, POISON_AT: moment = 'create' } = process.env
const ill = Object.fromEntries(
  Object.entries(connectors).map(([id, connector]) => [id, poison === undefined ? connector : lethal(connector, poison)]),
)
const worker = await openWorker({ environment, connectors: ill, log: createLog(environment.LOG_LEVEL, 'worker') })
process.on('message', ({ blockUntil }: { readonly blockUntil?: string }) => {
  const nothing = new Int32Array(new SharedArrayBuffer(4))
  while (blockUntil !== undefined && !existsSync(blockUntil)) Atomics.wait(nothing, 0, 0, 20)
})
process.send?.('ready')
for (const event of ['SIGTERM', 'disconnect'])
  process.on(event, () => void worker[Symbol.asyncDispose]().then(() => process.exit(0)))

function lethal(connector: Connector, login: string): Connector {
  const die = (what: unknown) => {
    if (JSON.stringify(what).includes(login)) process.kill(process.pid, 'SIGKILL')
  }
  return {
    ...connector,
    connect(config, context) {
      const connection = connector.connect(config, context)
      return {
        ...connection,
        async open(options) {
          const driver: Driver = await connection.open(options)
          const [find, create] = [driver.find.bind(driver), driver.create.bind(driver)]
          return Object.assign(driver, {
            find: (key: Parameters<Driver['find']>[0]) => (moment === 'find' && die(key), find(key)),
            create: (draft: Parameters<Driver['create']>[0]) => (moment === 'create' && die(draft), create(draft)),
          })
        },
      }
    },
  }
}
