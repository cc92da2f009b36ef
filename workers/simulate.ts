/**
 * Simulates: plans what a simulation is about with both of its versions, page by page, in a sandbox of its own, so that planning what really
 * comes is not slowed. Each page is written before the next one begins; whoever takes over goes on from there.
 */
import { UnrecoverableError, type Job } from 'bullmq'
import * as v from 'valibot'
import type { Sql } from '#core/database.ts'
import { isGatewayError } from '#core/errors.ts'
import { createNameLooker, foldKey } from '#core/ledger/identity.ts'
import type { Logger } from '#core/log.ts'
import type { Subject } from '#core/simulations/simulation.ts'
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
import {
  addToTally,
  openRuleEngine,
  parseRuleSet,
  simulatePage,
  type SimulationVersions,
  type UniqueReservations,
} from '#rules/index.ts'

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
const mostTimeouts = 50
/** Who waits for an answer comes before who tries something. */
const niceness = 10

export function createSimulate({ sql, seconds, log, stopping }: SimulateJobDeps) {
  const look = createNameLooker(sql)
  const namesFor = ({ source, externalId }: Pick<Subject, 'source' | 'externalId'>): UniqueReservations => ({
    reserve: async (namespaces, candidates) =>
      (await look({ namespaces, candidates, owner: `${source}|${foldKey(externalId)}` })).given,
  })

  async function simulate(job: Job): Promise<string> {
    const data = v.safeParse(JobData, job.data)
    if (!data.success) throw new UnrecoverableError('the job holds no simulation that this version knows')
    const claimed = await claimSimulation(sql, data.output.simulationId, seconds)
    if (claimed === null) return 'superseded'
    try {
      return await carryOut(claimed)
    } catch (error) {
      await releaseSimulation(sql, claimed, 'failed').catch((err: unknown) =>
        log.warn({ err, simulation: claimed.id }, 'a simulation that failed keeps its lease until it runs out'),
      )
      throw error
    }
  }

  async function carryOut(claimed: ClaimedSimulation): Promise<string> {
    if (claimed.claims > mostClaims) return end(claimed, deadly)
    const versions = readVersions(claimed)
    if ('problem' in versions) return end(claimed, versions.problem)
    // Many pages may take long, and so may one.
    const timer = setInterval(() => void renewSimulation(sql, claimed, seconds).catch(() => undefined), (seconds * 1000) / 3)
    try {
      await using engine = await openRuleEngine({ log, size: 1, niceness })
      const deps = { engine, versions, context: claimed.context, namesFor }
      return await end(claimed, await tryAll({ sql, claimed, deps, seconds, stopping }))
    } finally {
      clearInterval(timer)
    }
  }

  async function end(claimed: ClaimedSimulation, outcome: Awaited<ReturnType<typeof tryAll>>): Promise<string> {
    if (outcome === 'stopping') await releaseSimulation(sql, claimed, 'stopping')
    else if (outcome === 'done') await endSimulation(sql, claimed, null)
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
  readonly stopping: AbortSignal
}

/** Page after page; answers what came of it, or why nothing more can come. */
async function tryAll({ sql, claimed, deps, seconds, stopping }: Trying): Promise<'done' | 'stopping' | 'superseded' | Problem> {
  let { done, last, tally } = claimed
  let timeouts = 0
  while (done < claimed.total) {
    const page = await readSubjects(sql, { ...claimed, after: last, limit: Math.min(pageSize, claimed.total - done) })
    // What it began with may be gone since.
    if (page.last === null) return 'done'
    const simulated = await simulatePage(deps, page.subjects, stopping)
    if (stopping.aborted) return 'stopping'
    const results = simulated.map(({ result }) => result)
    tally = addToTally(
      tally,
      results,
      simulated.map(({ targets }) => targets),
    )
    last = page.last
    if (!(await writePage(sql, claimed, { results, done, last, tally }, seconds))) return 'superseded'
    done += results.length
    timeouts += simulated.reduce((sum, one) => sum + one.timeouts, 0)
    if (timeouts >= mostTimeouts) return tooSlow
  }
  return 'done'
}

const deadly: Problem = {
  code: 'internal',
  message: `it was begun ${mostClaims} times, and nothing came of it: its workers died, or could not run rules`,
  hint: 'look into the workers’ log, and begin another one',
}
const tooSlow: Problem = {
  code: 'rule_timeout',
  message: `${mostTimeouts} plans took too long and were stopped; the rest was not tried`,
  hint: 'look at what is failing: its problem names the expression',
}

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
    return { problem: { code: error.code, message: error.message } }
  }
}
