/**
 * A process of a worker whose connector `one-way` falls ill, once for each account with such a login, as soon as its call has had its effect:
 * `spins`, `leaks` (objects), `hoards` (memory outside the heap), `throws` where nobody catches it.
 */
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { connectors } from '#connectors/index.ts'
import type { Connector, Driver } from '#connectors/kit/connector.ts'
import { readEnvironment } from '#core/environment.ts'
import { createLog } from '#core/log.ts'
import { runPart } from '#workers/parts/run.ts'
import { oneWay, web } from '../harness/web-target.ts'

const kept: unknown[] = []
const illnesses: Readonly<Record<string, () => void>> = {
  spins: () => {
    for (;;) kept.length = 0
  },
  leaks: () => {
    for (;;) kept.push(Array.from({ length: 1_000 }, (_, index) => ({ index })))
  },
  hoards: () => {
    setInterval(() => kept.push(Buffer.alloc(16 * 1024 * 1024, 1)), 20)
  },
  throws: () => {
    setImmediate(() => {
      throw new Error('a connector threw where nobody listens')
    })
  },
}

const [, kind] = process.argv.slice(2)
const environment = readEnvironment(process.env)
const known: Readonly<Record<string, Connector>> = { ...connectors, web, 'one-way': ill(oneWay) }
await runPart({
  environment,
  connectors: known,
  log: createLog(environment.LOG_LEVEL, `worker-${kind ?? 'shared'}`),
  kind: kind ?? null,
  exit: (code) => process.exit(code),
})
process.exit(0)

function ill(connector: Connector): Connector {
  return {
    ...connector,
    connect(config, context) {
      const connection = connector.connect(config, context)
      return {
        ...connection,
        async open(options) {
          const driver: Driver = await connection.open(options)
          const create = driver.create.bind(driver)
          return Object.assign(driver, {
            async create(draft: Parameters<Driver['create']>[0]) {
              const made = await create(draft)
              fallIll(made.nativeId)
              return made
            },
          })
        },
      }
    },
  }
}

function fallIll(login: string): void {
  const illness = illnesses[login.split('-')[0] ?? '']
  const marker = join(process.env.PASSERELLE_DATA ?? '', `ill-${login}`)
  if (illness === undefined || existsSync(marker)) return
  writeFileSync(marker, '')
  illness()
}
