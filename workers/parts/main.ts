/** One process of a worker: `shared`, or `kind <connector>`; started, watched and stopped by the supervisor beside it. */
import { loadConnectors } from '#connectors/known.ts'
import { readEnvironment } from '#core/environment.ts'
import { createLog } from '#core/log.ts'
import { runPart } from './run.ts'

const [part, kind] = process.argv.slice(2)
const environment = readEnvironment(process.env)
const log = createLog(environment.LOG_LEVEL, `worker-${kind ?? part}`)
const connectors = await loadConnectors(kind === undefined ? [] : [kind])
await runPart({ environment, connectors, log, kind: kind ?? null, exit: (code) => process.exit(code) })
process.exit(0)
