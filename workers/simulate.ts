/**
 * Simulates: plans what a simulation is about with both of its versions, page by page, in a sandbox of its own, so that planning what really
 * comes is not slowed. Each page is written before the next one begins; whoever takes over goes on from there.
 */
import { UnrecoverableError, type Job } from 'bullmq'
import * as v from 'valibot'
import type { Sql } from '#core/database.ts'
import { GatewayError, isGatewayError } from '#core/errors.ts'
import { createNamesFor } from '#core/ledger/names.ts'
import type { Logger } from '#core/log.ts'
import { readLookups } from '#core/lookups.ts'
import { readSubjects } from '#core/simulations/subjects.ts'
import {
  claimSimulation,
  endSimulation,
  releaseSimulation,
  renewSimulation,
  writePage,
  type ClaimedSimulation,
} from '#core/simulations/work.ts'
import type { Problem } from '#core/states.ts'
import { toProblem } from '#core/problem.ts'
import { runPhrases } from '#rules/phrases/run.ts'
import { addToTally, openRuleEngine, parseRuleSet, simulatePage, toLookupTables, type SimulationVersions } from '#rules/index.ts'

/** The version of the job data. */
export const simulationJobVersion = 1

const JobData = v.object({ v: v.literal(simulationJobVersion), simulationId: v.pipe(v.string(), v.uuid()) })

export interface SimulateJobDeps {
  readonly sql: Sql
  /** How long a claim holds without a sign of life. */
  readonly seconds: number
  readonly log: Logger
  /** Aborted when the worker stops: the simulation is left to another one. */
  readonly stopping: AbortSignal
}

const pageSize = 250
/** Claims of which nothing came: a simulation that kills its workers must not go on doing so. */
const mostClaims = 5
/** Plans stopped by the sandbox's clock, each of which costs a second and a process. */
const mostTimeouts = 20
/** Who waits for an answer comes before who tries something. */
const niceness = 10

export function createSimulate({ sql, seconds, log, stopping }: SimulateJobDeps) {
  const namesFor = createNamesFor(sql)

  async function simulate(job: Job): Promise<string> {
    const data = v.safeParse(JobData, job.data)
    if (!data.success) throw new UnrecoverableError('the job holds no simulation that this version knows')
    const claimed = await claimSimulation(sql, data.output.simulationId, seconds)
    if (claimed === null) return 'superseded'
    try {
      return await carryOut(claimed)
    } catch (error) {
      const why = stopping.aborted ? 'stopping' : 'failed'
      await releaseSimulation(sql, claimed, why).catch((err: unknown) =>
        log.warn({ err, simulation: claimed.id }, 'a simulation keeps its lease until it runs out'),
      )
      if (why === 'failed') throw error
      return 'left to another worker'
    }
  }

  async function carryOut(claimed: ClaimedSimulation): Promise<string> {
    if (claimed.claims > mostClaims) return end(claimed, deadly)
    const versions = readVersions(claimed)
    if ('problem' in versions) return end(claimed, versions.problem)
    const renewing = setInterval(() => void renewSimulation(sql, claimed, seconds).catch(() => undefined), (seconds * 1000) / 3)
    try {
      await using engine = await openRuleEngine({ log, size: 1, niceness })
      // Plans under way fail at once when the sandbox is closed.
      const close = () => void engine[Symbol.asyncDispose]()
      stopping.addEventListener('abort', close, { once: true })
      using _ = { [Symbol.dispose]: () => stopping.removeEventListener('abort', close) }
      stopping.throwIfAborted()
      const lookups = toLookupTables(await readLookups(sql, claimed.context.lookups))
      const deps = { engine, versions, context: { ...claimed.context, lookups }, namesFor }
      return await end(claimed, await tryAll({ sql, claimed, deps, seconds }))
    } finally {
      clearInterval(renewing)
    }
  }

  async function end(claimed: ClaimedSimulation, outcome: Awaited<ReturnType<typeof tryAll>>): Promise<string> {
    if (outcome === 'done') await endSimulation(sql, claimed, null)
    else if (outcome !== 'superseded') {
      log.warn({ simulation: claimed.id, code: outcome.code }, 'a simulation failed')
      await endSimulation(sql, claimed, outcome)
    }
    return typeof outcome === 'string' ? outcome : 'failed'
  }
  return simulate
}

interface Trying {
  readonly sql: Sql
  readonly claimed: ClaimedSimulation
  readonly deps: Parameters<typeof simulatePage>[0]
  readonly seconds: number
}

/** Page after page; answers what came of it, or why nothing more can come. */
async function tryAll({ sql, claimed, deps, seconds }: Trying): Promise<'done' | 'superseded' | Problem> {
  let { done, last, tally } = claimed
  let timeouts = 0
  while (done < claimed.total) {
    const page = await readSubjects(sql, { ...claimed, after: last, limit: Math.min(pageSize, claimed.total - done) })
    const simulated = await simulatePage(deps, page.subjects)
    const reached = page.keys[simulated.length - 1]
    // What it began with may be gone since.
    if (reached === undefined) return 'done'
    const results = simulated.map(({ result }) => result)
    tally = addToTally(
      tally,
      results,
      simulated.map(({ targets }) => targets),
    )
    if (!(await writePage(sql, claimed, { results, done, last: reached, tally }, seconds))) return 'superseded'
    last = reached
    done += results.length
    timeouts += simulated.reduce((sum, one) => sum + one.timeouts, 0)
    if (timeouts >= mostTimeouts) return tooSlow
  }
  return 'done'
}

const deadly = toProblem(
  new GatewayError('internal', runPhrases.deadSimulation({ times: String(mostClaims) }), { hint: runPhrases.readLog }),
)
const tooSlow = toProblem(
  new GatewayError('rule_timeout', runPhrases.slowSimulation({ count: String(mostTimeouts) }), {
    hint: runPhrases.lookAtFailing,
  }),
)

/** The texts were whole when the simulation began; a newer gateway may refuse what an older one took. */
function readVersions(claimed: ClaimedSimulation): SimulationVersions | { readonly problem: Problem } {
  const { ruleSet, version, text, against, againstText } = claimed
  const read = (source: string, number: number) => ({
    ...parseRuleSet(source, { file: `${ruleSet} (version ${number})` }),
    version: number,
  })
  try {
    return { against: read(againstText, against), tried: read(text, version) }
  } catch (error) {
    if (!isGatewayError(error)) throw error
    return { problem: toProblem(error) }
  }
}
