/** What a process under the supervisor does besides its work: it tells what it serves, is watched, and does not outlive the supervisor. */
import type { Connector } from '#connectors/kit/connector.ts'
import type { Environment } from '#core/environment.ts'
import type { Logger } from '#core/log.ts'
import { runWorker } from '../run.ts'
import { openWatchdog } from './watchdog.ts'

export interface PartOptions {
  readonly environment: Environment
  readonly connectors: Readonly<Record<string, Connector>>
  readonly log: Logger
  /** The kind of connectors it serves; null for what all targets share. */
  readonly kind: string | null
  readonly exit: (code: number) => void
}

export async function runPart({ environment, connectors, log, kind, exit }: PartOptions): Promise<void> {
  using _ = openWatchdog(environment)
  const stopped = Promise.withResolvers<'stop'>()
  process.on('SIGTERM', () => stopped.resolve('stop'))
  // What the terminal says, it says to the supervisor, which stops its processes in order.
  process.on('SIGINT', () => {})
  // Killed is killed: nobody would know of what a process goes on doing whose supervisor died.
  process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'))
  const name = `worker-${kind ?? 'shared'}`
  const own = { environment, connectors, log, name, stopped: stopped.promise, exit }
  if (kind === null) await runWorker({ ...own, part: 'shared', tellKinds: (kinds) => void process.send?.({ kinds }) })
  else await runWorker({ ...own, environment: { ...environment, WORKER_KINDS: [kind] }, part: 'targets' })
}
